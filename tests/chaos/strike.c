/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command under ptrace(2), and at one chosen system call of one chosen process kills it, or lets the call fail.
 * The programs under test need nothing for that: every step of a launch is a system call, so every step can be struck.
 *
 * usage: strike [-p PROCESS] [-n CALL] [-s NUMBER] [-r FILE] [-a kill|ERRNO] [-t SECONDS] COMMAND [ARG...]
 *
 * Processes count from 0, the command, in the order of their creation; calls from 1, in each process (of the command:
 * from its start).  A process other
 * than the first that executes a program is let go: it is an app.  With -n 0 (the default) nothing is struck.  At the
 * end one line for each process on descriptor 3, or standard output:
 *
 * With -s only calls with that number of the kernel's count.
 *
 *      process NUMBER CALLS      how many calls it made while traced
 *      struck CALL_NUMBER        what was struck, by the kernel's number; absent: nothing was
 *      roots TIMES PID           with -r FILE: how often a process of the launch made another, and whose root had the
 *                                file then; 0: nobody's
 *      over STATUS               of process 0, as a shell says it
 *      left PROCESS...           traced processes that lived on after it, for longer than LATE_MS; they are killed
 *      hangs                     process 0 did not end in time; all are killed */
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* glibc's <sys/ptrace.h> and the kernel's exclude each other. */
long ptrace(int request, pid_t pid, void *address, void *data);

enum { MAX_PROCESSES = 256, LATE_MS = 5000, TICK_MS = 50 };

typedef struct Process {
        pid_t pid;
        unsigned number;
        long calls;
        bool gone;    /* ended, or let go */
        bool failing; /* its call is to fail when it returns */
} Process;

static struct {
        Process processes[MAX_PROCESSES];
        size_t n;
        unsigned target;
        long call, only; /* only: calls of this number count; -1: all */
        int fail_with;   /* 0: it is killed */
        const char *host_file;
        pid_t seen_with; /* a process whose root had it; 0: none */
        long looks;
        bool begun; /* the command was executed */
        long struck;
        int status; /* of process 0; -1: it lives */
} strike = { .only = -1, .struck = -1, .status = -1 };

static Process *find(pid_t pid)
{
        for (size_t i = 0; i < strike.n; i++)
                if (strike.processes[i].pid == pid && !strike.processes[i].gone)
                        return &strike.processes[i];
        if (strike.n == MAX_PROCESSES)
                exit(3);
        strike.processes[strike.n] = (Process){ .pid = pid, .number = (unsigned)strike.n };
        return &strike.processes[strike.n++];
}

/* Calls that can't fail, or whose failure would leave a state that no kernel makes. */
static bool can_fail(unsigned long long call)
{
        static const long never[] = { SYS_exit,           SYS_exit_group,   SYS_rt_sigreturn,    SYS_close,
                                      SYS_munmap,         SYS_getpid,       SYS_gettid,          SYS_getppid,
                                      SYS_getuid,         SYS_geteuid,      SYS_getgid,          SYS_getegid,
                                      SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_set_tid_address, SYS_umask,
                                      SYS_wait4,          SYS_brk,          SYS_restart_syscall };

        for (size_t i = 0; i < sizeof never / sizeof *never; i++)
                if ((unsigned long long)never[i] == call)
                        return false;
        return true;
}

#ifdef __x86_64__
static void skip_call(pid_t pid)
{
        struct user_regs_struct registers;

        if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) == 0) {
                registers.orig_rax = (unsigned long long)-1;
                (void)ptrace(PTRACE_SETREGS, pid, NULL, &registers);
        }
}

static void set_result(pid_t pid, int error)
{
        struct user_regs_struct registers;

        if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) == 0) {
                registers.rax = (unsigned long long)-(long long)error;
                (void)ptrace(PTRACE_SETREGS, pid, NULL, &registers);
        }
}
#else
static void skip_call(pid_t pid)
{
        (void)pid;
        (void)fprintf(stderr, "strike: calls can be made to fail on x86-64 only\n");
        exit(4);
}

static void set_result(pid_t pid, int error)
{
        (void)pid;
        (void)error;
}
#endif

/* At the entry of a call, and at its return. */
static void on_call(Process *process)
{
        struct ptrace_syscall_info info;

        if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, (void *)sizeof info, &info) <= 0)
                return;
        if (info.op == PTRACE_SYSCALL_INFO_EXIT && process->failing) {
                process->failing = false;
                set_result(process->pid, strike.fail_with);
        }
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
                return;
        if (strike.only >= 0 && (unsigned long long)strike.only != info.entry.nr)
                return;
        process->calls++;
        if (strike.struck >= 0 || !strike.begun || process->number != strike.target || strike.call == 0 ||
            process->calls < strike.call || (strike.fail_with != 0 && !can_fail(info.entry.nr)))
                return;
        strike.struck = (long)info.entry.nr;
        if (strike.fail_with == 0) {
                (void)kill(process->pid, SIGKILL);
        } else {
                process->failing = true;
                skip_call(process->pid);
        }
}

/* A new process sees what shares its pid namespace: all but the first of those that we follow.  None may have a root
 * from which the host's files are reached.  To look, one must be root: a launch hides itself. */
static void look_at_roots(const Process *parent)
{
        if (strike.host_file == NULL || parent->number == 0)
                return;
        strike.looks++;
        for (size_t i = 1; i < strike.n; i++) {
                char path[512];

                (void)snprintf(path, sizeof path, "/proc/%d/root%s", (int)strike.processes[i].pid, strike.host_file);
                if (!strike.processes[i].gone && access(path, F_OK) == 0)
                        strike.seen_with = strike.processes[i].pid;
        }
}

/* Returns false when it was let go. */
static bool on_event(Process *process, int event)
{
        unsigned long message = 0;

        switch (event) {
        case PTRACE_EVENT_FORK:
        case PTRACE_EVENT_VFORK:
        case PTRACE_EVENT_CLONE:
                if (ptrace(PTRACE_GETEVENTMSG, process->pid, NULL, &message) == 0)
                        (void)find((pid_t)message);
                look_at_roots(process);
                return true;
        case PTRACE_EVENT_EXEC:
                if (process->number == 0) {
                        /* Its first is our own doing. */
                        process->calls = strike.begun ? process->calls : 0;
                        strike.begun = true;
                        return true;
                }
                process->gone = true;
                (void)ptrace(PTRACE_DETACH, process->pid, NULL, NULL);
                return false;
        default:
                return true;
        }
}

static void on_stop(Process *process, int status)
{
        int number = WSTOPSIG(status), deliver = 0;

        if (number == (SIGTRAP | 0x80))
                on_call(process);
        else if (status >> 16 != 0) {
                if (!on_event(process, status >> 16))
                        return;
        } else if (number != SIGSTOP && number != SIGTRAP)
                deliver = number;
        (void)ptrace(PTRACE_SYSCALL, process->pid, NULL, (void *)(long)deliver);
}

static void on_end(Process *process, int status)
{
        process->gone = true;
        if (process->number == 0)
                strike.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static long now_ms(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tick(int number)
{
        (void)number;
}

static bool any_left(void)
{
        for (size_t i = 0; i < strike.n; i++)
                if (!strike.processes[i].gone)
                        return true;
        return false;
}

/* Until all are gone, or time is up.  Returns true in time. */
static bool follow(long deadline)
{
        long late = 0;

        while (any_left()) {
                int status = 0;
                pid_t pid = waitpid(-1, &status, __WALL);
                long now = now_ms();

                if (pid > 0 && WIFSTOPPED(status))
                        on_stop(find(pid), status);
                else if (pid > 0)
                        on_end(find(pid), status);
                else if (errno == ECHILD)
                        break;
                if (strike.status >= 0 && late == 0)
                        late = now + LATE_MS;
                if (late != 0 && now > late)
                        return true;
                if (strike.status < 0 && now > deadline)
                        return false;
        }
        return true;
}

static void run_command(char **command)
{
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
                _exit(3);
        (void)raise(SIGSTOP);
        execvp(*command, command);
        _exit(127);
}

/* As /proc/PID/stat begins: "1234 (oriel-init) S". */
static const char *state_of(pid_t pid)
{
        static char text[64];
        char path[32];
        FILE *file;

        (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        (void)snprintf(text, sizeof text, "%d (gone)", (int)pid);
        file = fopen(path, "r");
        if (file != NULL) {
                size_t n = fread(text, 1, sizeof text - 1, file);

                text[n] = '\0';
                text[strcspn(text, ")") + 3] = '\0';
                (void)fclose(file);
        }
        return text;
}

static void report(bool in_time, FILE *out)
{
        for (size_t i = 0; i < strike.n; i++)
                (void)fprintf(out, "process %u %ld\n", strike.processes[i].number, strike.processes[i].calls);
        if (strike.struck >= 0)
                (void)fprintf(out, "struck %ld\n", strike.struck);
        if (strike.host_file != NULL)
                (void)fprintf(out, "roots %ld %d\n", strike.looks, (int)strike.seen_with);
        if (!in_time)
                (void)fprintf(out, "hangs\n");
        else
                (void)fprintf(out, "over %d\n", strike.status);
        if (any_left()) {
                (void)fprintf(out, "left");
                for (size_t i = 0; i < strike.n; i++)
                        if (!strike.processes[i].gone) {
                                (void)fprintf(out, " %s", state_of(strike.processes[i].pid));
                                (void)kill(strike.processes[i].pid, SIGKILL);
                        }
                (void)fprintf(out, "\n");
        }
        (void)fflush(out);
}

static bool parse_action(const char *word)
{
        for (int error = 1; error < 134 && strike.fail_with == 0; error++)
                if (strerrorname_np(error) != NULL && strcmp(strerrorname_np(error), word) == 0)
                        strike.fail_with = error;
        return strike.fail_with != 0 || strcmp(word, "kill") == 0;
}

int main(int argc, char **argv)
{
        const struct itimerval beat = { { 0, TICK_MS * 1000 }, { 0, TICK_MS * 1000 } };
        struct sigaction on_tick = { .sa_handler = tick };
        FILE *out = fcntl(3, F_GETFD) >= 0 ? fdopen(3, "w") : stdout;
        long seconds = 20;
        bool in_time;
        int option, status = 0;
        pid_t pid;

        while ((option = getopt(argc, argv, "+p:n:r:s:a:t:")) >= 0) {
                if (option == 'p')
                        strike.target = (unsigned)atoi(optarg);
                else if (option == 'n')
                        strike.call = atol(optarg);
                else if (option == 's')
                        strike.only = atol(optarg);
                else if (option == 'r')
                        strike.host_file = optarg;
                else if (option == 't')
                        seconds = atol(optarg);
                else if (option != 'a' || !parse_action(optarg))
                        return 2;
        }
        if (optind >= argc || out == NULL)
                return 2;
        (void)fcntl(3, F_SETFD, FD_CLOEXEC);
        /* What a dead parent leaves comes to us, and with us to an end. */
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        pid = fork();
        if (pid == 0)
                run_command(argv + optind);
        if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
                return 3;
        if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
                   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                            PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) < 0)
                return 3;
        (void)find(pid);
        (void)sigaction(SIGALRM, &on_tick, NULL);
        (void)setitimer(ITIMER_REAL, &beat, NULL);
        (void)ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
        in_time = follow(now_ms() + seconds * 1000);
        report(in_time, out);
        return 0;
}
