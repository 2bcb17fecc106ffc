/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/rest.h"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
        QUIET_MS = 250,        /* an app that is over sooner is not worth the trouble */
        STACK_BYTES = 1 << 20, /* below the stack pointer; what was never used is not there */
        MAX_HEADERS = 16,
        STACK_KEPT = 16 * 1024, /* red zone and the next calls */
};

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden"))); /* the linker's: where the file begins */

/* Segments that are never written hold nothing but the file's bytes. */
static void give_back_file(uintptr_t page)
{
        const char *file = (const char *)&__ehdr_start;
        ElfW(Phdr) headers[MAX_HEADERS]; /* a copy: they lie in what is given back */
        size_t n = __ehdr_start.e_phnum;
        uintptr_t base = 0;

        if (n > MAX_HEADERS)
                return;
        memcpy(headers, file + __ehdr_start.e_phoff, n * sizeof *headers);
        for (size_t i = 0; i < n; i++)
                if (headers[i].p_type == PT_LOAD && headers[i].p_offset == 0)
                        base = (uintptr_t)file - headers[i].p_vaddr;
        for (size_t i = 0; i < n; i++) {
                uintptr_t start = (base + headers[i].p_vaddr) & ~(page - 1);
                uintptr_t end = base + headers[i].p_vaddr + headers[i].p_filesz;

                if (headers[i].p_type == PT_LOAD && (headers[i].p_flags & PF_W) == 0)
                        (void)madvise((void *)start, end - start, MADV_DONTNEED);
        }
}

static void give_back_stack(uintptr_t page)
{
        uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(page - 1);

        (void)madvise((void *)(here - STACK_BYTES), STACK_BYTES - STACK_KEPT, MADV_DONTNEED);
}

static void take(Rest *rest)
{
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

        rest->taken = true;
        (void)malloc_trim(0);
        give_back_stack(page);
        give_back_file(page);
}

/* Is the time before the rest a part of this wait? */
static bool is_due(const Rest *rest, int wait_ms)
{
        return !rest->taken && (wait_ms < 0 || wait_ms > QUIET_MS);
}

static int what_is_left(int wait_ms)
{
        return wait_ms < 0 ? -1 : wait_ms - QUIET_MS;
}

int rest_poll(Rest *rest, struct pollfd *polls, nfds_t n, int wait_ms)
{
        int r;

        if (!is_due(rest, wait_ms))
                return poll(polls, n, wait_ms);
        r = poll(polls, n, QUIET_MS);
        if (r != 0)
                return r;
        take(rest);
        return poll(polls, n, what_is_left(wait_ms));
}

int rest_epoll_wait(Rest *rest, int epoll, struct epoll_event *events, int max, int wait_ms)
{
        int r;

        if (!is_due(rest, wait_ms))
                return epoll_wait(epoll, events, max, wait_ms);
        r = epoll_wait(epoll, events, max, QUIET_MS);
        if (r != 0)
                return r;
        take(rest);
        return epoll_wait(epoll, events, max, what_is_left(wait_ms));
}
