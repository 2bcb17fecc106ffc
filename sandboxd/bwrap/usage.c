/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bwrap/usage.h"

#include <stddef.h>

/* The words of bubblewrap's help in our own sentences; the options' names and order are its own. */
static const struct {
        const char *option, *what;
} lines[] = {
        { "--help", "Print this help" },
        { "--version", "Print version" },
        { "--args FD", "Read more options, each ended by a NUL, from FD" },
        { "--argv0 VALUE", "What the command sees as its own name" },
        { "--level-prefix", "Begin each message with <3> or <4>, for loggers" },
        { "--unshare-all", "All namespaces below; those for users and cgroups if possible" },
        { "--share-net", "Keep the network in spite of --unshare-all" },
        { "--unshare-user", "New user namespace (implied for everyone but root)" },
        { "--unshare-user-try", "New user namespace if possible" },
        { "--unshare-ipc", "New IPC namespace" },
        { "--unshare-pid", "New process namespace" },
        { "--unshare-net", "New network namespace, with its loopback up" },
        { "--unshare-uts", "New host name namespace" },
        { "--unshare-cgroup", "New cgroup namespace" },
        { "--unshare-cgroup-try", "New cgroup namespace if possible" },
        { "--userns FD", "Enter this user namespace (not with --unshare-user)" },
        { "--userns2 FD", "Enter this one when all is set up" },
        { "--disable-userns", "No further user namespace inside (with --unshare-user)" },
        { "--assert-userns-disabled", "Fail if one could still be made" },
        { "--pidns FD", "Enter this process namespace; the parent of a new one" },
        { "--uid UID", "User id inside (with --unshare-user or --userns)" },
        { "--gid GID", "Group id inside (with --unshare-user or --userns)" },
        { "--hostname NAME", "Host name inside (with --unshare-uts)" },
        { "--chdir DIR", "Working directory" },
        { "--clearenv", "Remove all variables but PWD" },
        { "--setenv VAR VALUE", "Set a variable" },
        { "--unsetenv VAR", "Remove a variable" },
        { "--lock-file DEST", "Hold a lock on DEST while anything runs inside" },
        { "--sync-fd FD", "Keep FD open while anything runs inside" },
        { "--bind SRC DEST", "Show the host's SRC at DEST" },
        { "--bind-try SRC DEST", "The same, if SRC exists" },
        { "--dev-bind SRC DEST", "The same, with devices that work" },
        { "--dev-bind-try SRC DEST", "The same, if SRC exists" },
        { "--ro-bind SRC DEST", "Show SRC at DEST, read-only" },
        { "--ro-bind-try SRC DEST", "The same, if SRC exists" },
        { "--bind-fd FD DEST", "Show what FD refers to at DEST" },
        { "--ro-bind-fd FD DEST", "The same, read-only" },
        { "--remount-ro DEST", "Make the mount at DEST, and it alone, read-only" },
        { "--overlay-src SRC", "A lower layer of the overlay that follows" },
        { "--overlay RWSRC WORKDIR DEST", "Overlay with RWSRC as its writable layer" },
        { "--tmp-overlay DEST", "Overlay whose changes go with the sandbox" },
        { "--ro-overlay DEST", "Read-only overlay" },
        { "--exec-label LABEL", "SELinux label of processes (not supported)" },
        { "--file-label LABEL", "SELinux label of files (not supported)" },
        { "--proc DEST", "New procfs at DEST" },
        { "--dev DEST", "Minimal /dev at DEST" },
        { "--tmpfs DEST", "New tmpfs at DEST" },
        { "--mqueue DEST", "New mqueue file system at DEST" },
        { "--dir DEST", "Directory at DEST" },
        { "--file FD DEST", "File at DEST with the content of FD" },
        { "--bind-data FD DEST", "Hidden file with the content of FD, shown at DEST" },
        { "--ro-bind-data FD DEST", "The same, read-only" },
        { "--symlink SRC DEST", "Symbolic link at DEST to SRC" },
        { "--seccomp FD", "Load the filter in FD (once)" },
        { "--add-seccomp-fd FD", "Load the filter in FD (repeatable)" },
        { "--block-fd FD", "Wait until FD can be read" },
        { "--userns-block-fd FD", "Wait on FD until the user namespace was prepared" },
        { "--info-fd FD", "Write about the sandbox to FD, in JSON" },
        { "--json-status-fd FD", "Write its state to FD, in lines of JSON" },
        { "--new-session", "New terminal session" },
        { "--die-with-parent", "Die when the caller dies" },
        { "--as-pid-1", "The command is process 1, and reaps" },
        { "--cap-add CAP", "Keep this capability" },
        { "--cap-drop CAP", "Give this capability up" },
        { "--perms OCTAL", "Mode of what the next option makes" },
        { "--size BYTES", "Size of the next --tmpfs" },
        { "--chmod OCTAL PATH", "Mode of PATH, which exists" },
};

void bwrap_usage(Buffer *ret_text, const char *name)
{
        buffer_printf(ret_text, "usage: %s [OPTIONS...] [--] COMMAND [ARGS...]\n\n", name);
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
                buffer_printf(ret_text, "    %-28s %s\n", lines[i].option, lines[i].what);
}
