/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The probe: a hostile program inside a box.  It makes each attempt in a child of its own and prints a line
 *
 *      NAME TAB ROWS TAB refused|works|OPEN|absent TAB DETAIL
 *
 * ROWS are the ids of docs/theory/escapes.md that the attempt stands for.
 *
 * OPEN is a hole, or something broken that a program needs; works is said of what must not be refused; absent means
 * that this kernel, or this host, has nothing to attack there.  The same program, run outside a box, shows that an
 * attempt can succeed at all: tests/escape/inside.py compares the two. */
typedef enum Verdict {
        REFUSED,
        WORKS,
        OPEN,
        ABSENT,
} Verdict;

enum { DETAIL_MAX = 400 };

typedef struct Attempt {
        const char *name, *rows;
        /* detail: DETAIL_MAX bytes, empty when called */
        Verdict (*try)(char *detail);
} Attempt;

/* What the host put out, "key=value" lines of stdin; NULL where it did not.  A list has several lines of one key. */
const char *bait(const char *key);
const char *bait_nth(const char *key, size_t i);
long bait_number(const char *key); /* -1 without */

/* detail by printf, and the verdict. */
Verdict verdict(Verdict result, char *detail, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* By the result of a system call: >= 0 is OPEN; a refusal is EPERM, EACCES, ENOSYS, ESRCH, ENOENT, EAFNOSUPPORT,
 * ECONNREFUSED, ENETUNREACH, EROFS, EXDEV, ENXIO or EPROTONOSUPPORT; any other error means that the kernel went on to
 * look at the arguments: OPEN. */
Verdict by_result(long result, char *detail);

/* The file's bytes, NUL-terminated (static buffer of 1 MiB), or NULL with errno. */
char *read_file(const char *path, size_t *ret_n);

/* An attempt that runs longer than the others, beside something that the host does: prints its line at once. */
int lurk(const char *seconds);

/* What the probe does when it is executed again as its own child, by an attempt: exits with what it finds. */
int probe_again(void);

/* The tables; each ends in a row without name. */
extern const Attempt file_attempts[];
extern const Attempt process_attempts[];
extern const Attempt child_attempts[];
extern const Attempt door_attempts[];
extern const Attempt socket_attempts[];
extern const Attempt terminal_attempts[];
extern const Attempt nested_attempts[];

/* Before the nested attempts: their control. */
void nested_as_owner(void);

/* System calls are rows of a table of their own: one attempt each. */
size_t n_syscall_attempts(void);
Attempt syscall_attempt_at(size_t i); /* its name and rows */
Verdict syscall_attempt(size_t i, char *detail);
