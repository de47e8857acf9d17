# smtscope_bpf(<target> <name>.bpf.c): compiles for the BPF target and makes <name>.skel.h.
find_program(SMTSCOPE_BPF_CLANG NAMES clang-16 clang-19 clang-15 clang clang-14 REQUIRED)
find_program(SMTSCOPE_BPFTOOL NAMES bpftool PATHS /usr/sbin REQUIRED)

# The headers of the build host's kernel interface (linux/types.h finds asm/types.h here).
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-multiarch OUTPUT_VARIABLE multiarch OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET)
if(NOT multiarch)
  set(multiarch ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(SMTSCOPE_BPF_ARCH arm64)
else()
  set(SMTSCOPE_BPF_ARCH x86)
endif()

function(smtscope_bpf target source)
  cmake_path(GET source STEM LAST_ONLY stem)       # name.bpf
  cmake_path(GET stem STEM LAST_ONLY name)         # name
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${SMTSCOPE_BPF_CLANG} -O2 -g -mcpu=v3 -target bpf -D__TARGET_ARCH_${SMTSCOPE_BPF_ARCH}
            -idirafter ${CMAKE_SYSROOT}/usr/include/${multiarch} -I${PROJECT_SOURCE_DIR}/bpf -Wall -Werror
            -MD -MF ${object}.d -MT ${object}
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source}
    DEPFILE ${object}.d
    VERBATIM COMMENT "BPF ${source}")
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND sh -c "${SMTSCOPE_BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}.tmp && mv ${skeleton}.tmp ${skeleton}"
    DEPENDS ${object}
    VERBATIM COMMENT "Skeleton ${name}.skel.h")
  add_custom_target(${target}_skeleton DEPENDS ${skeleton})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_skeleton)
  # Generated code and kernel headers are not ours to warn about.
  target_include_directories(${target} SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
