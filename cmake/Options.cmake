# What every target is built with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Results must not differ between architectures: no fused multiply-add.
add_compile_options(-Wall -Wextra -Werror -ffp-contract=off)
if(SMTSCOPE_SANITIZE)
  add_compile_options(-fsanitize=${SMTSCOPE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SMTSCOPE_SANITIZE})
endif()
if(SMTSCOPE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

# A folder of the project is one static library with its own include directory, so that a line like
# #include "model/topology.h" works only for targets that link the library.
# TOGETHER: a large one, whose files are compiled eight at a time where SMTSCOPE_TOGETHER is on, in half the time. Names
# of anonymous namespaces must then differ. A release compiles each file alone, which proves its includes.
function(smtscope_library name)
  cmake_parse_arguments(arg "TOGETHER" "INCLUDE" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  if(arg_TOGETHER AND SMTSCOPE_TOGETHER)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON)
  endif()
  target_include_directories(${name} PUBLIC ${arg_INCLUDE})
  target_link_libraries(${name} PUBLIC ${arg_LINK})
endfunction()
