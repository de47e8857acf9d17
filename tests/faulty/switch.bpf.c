// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The scheduler program with the faults of bpf/switch_fault.bpf.h in it. */
#define SMTSCOPE_FAULTS
#include <switch.bpf.c>
