/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Protected files: names in a project by which the host later runs something - a shell that enters the directory, an
 * editor that opens it, a coding agent, a build, git.  One table; the planner keeps those that are there from being
 * written, the watcher sets those aside that a run made, `oriel diff` marks them, `oriel apply` wants them named.
 * Theory: docs/theory/protected-files.md. */

typedef enum ProtectClass {
        PROTECT_GIT,
        PROTECT_EDITOR,
        PROTECT_AGENT,
        PROTECT_SHELL,
        PROTECT_BUILD,
        _PROTECT_CLASS_MAX,
} ProtectClass;

enum { PROTECT_ALL = (1 << _PROTECT_CLASS_MAX) - 1 };

typedef enum ProtectGrade {
        PROTECT_KEPT,  /* a tool runs what it says unasked: not to be changed inside, set aside where it is new */
        PROTECT_SHOWN, /* a person starts what it says, and works on it: changed at will, and told of */
} ProtectGrade;

/* A name, or a path of names below one another; of a directory all that is in it.  It counts in every directory. */
typedef struct ProtectRow {
        const char *path; /* of one name: '*' at its beginning stands for anything */
        ProtectClass class;
        ProtectGrade grade;
} ProtectRow;

/* Ends with a row whose path is NULL.  What lies within git directories is not among them (protect_git_names). */
extern const ProtectRow protect_table[];

/* What protect_find() answers for a git directory and for what is protected in it. */
extern const ProtectRow protect_git_directory;

/* Names directly below a git directory, also below those in worktrees/ and modules/: each leads git to other places, or
 * makes it run something.  NULL-terminated. */
extern const char *const protect_git_names[];

const char *protect_class_word(ProtectClass class);
/* 1 << class of the word, or 0. */
uint32_t protect_class_of(const char *word, size_t n);

/* The row that a path below a project falls under, of the classes given; NULL: none.  "a/.git/config" falls under git
 * as "a/.git" itself does, "a/.git/refs/heads/x" under none. */
const ProtectRow *protect_find(const char *path, uint32_t classes);

/* Is that path, relative to a git directory, one of those that are protected? */
bool protect_is_git_name(const char *path);
