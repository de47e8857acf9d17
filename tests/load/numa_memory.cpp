// SPDX-License-Identifier: Apache-2.0
#include "numa_memory.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

size_t page_bytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

char* memory_on_node(size_t bytes, unsigned node) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  const unsigned long nodes = 1ul << node;
  // The kernel reads one bit less than it is told there are.
  if (syscall(SYS_mbind, at, bytes, MPOL_BIND, &nodes, 8 * sizeof nodes + 1, 0) != 0) return nullptr;
  madvise(at, bytes, MADV_NOHUGEPAGE);  // refused where there are none
  auto* memory = static_cast<char*>(at);
  touch(memory, bytes);
  return memory;
}

bool let_migrate(char* memory, size_t bytes) {
  return syscall(SYS_mbind, memory, bytes, MPOL_DEFAULT, nullptr, 0, 0) == 0;
}

void touch(char* memory, size_t bytes) {
  for (size_t at = 0; at < bytes; at += page_bytes()) {
    volatile char& word = memory[at];
    word = 1;
  }
}

size_t renew(char* memory, size_t bytes) {
  madvise(memory, bytes, MADV_DONTNEED);
  touch(memory, bytes);
  return bytes / page_bytes();
}
