// SPDX-License-Identifier: Apache-2.0
// Memory on a NUMA node of one's choice.
#pragma once

#include <cstddef>

// Small pages on that node, all of them there; null, with errno, if the kernel refuses. A node of 64 or more:
// undefined.
char* memory_on_node(size_t bytes, unsigned node);

// From now on the kernel may move these pages, and samples who uses them.
bool let_migrate(char* memory, size_t bytes);

// Writes a word of every page.
void touch(char* memory, size_t bytes);

// Gives the pages back and takes new ones, on the same node unless they may migrate; how many.
size_t renew(char* memory, size_t bytes);
