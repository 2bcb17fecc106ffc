/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/message.h"
#include "engine/init-loop.h"
#include "engine/instance.h"

/* The keeper's loop and what its parts share.  keeper-loop.c: events; keeper-program.c: programs from start to end;
 * keeper-control.c: the control socket. */

/* WAITING   for the programs named in `after`, or for the time of a restart.
 *           ends: start sent to its box's init → STARTING
 * STARTING  the init was told; the pid may be known already ("forked").
 *           ends: "executed" → RUNNING; "failed" → the instance ends
 * RUNNING   executed, not ready.
 *           ends: ready → READY; deadline, or its end (but READY_EXIT with status 0) → the instance ends
 * READY     those that wait for it may start.
 *           ends: its end → by its death policy ENDED, WAITING again, or the instance ends
 * ENDED     never started again. */
typedef enum ProgramState {
        PROGRAM_WAITING,
        PROGRAM_STARTING,
        PROGRAM_RUNNING,
        PROGRAM_READY,
        PROGRAM_ENDED,
} ProgramState;

typedef struct ProgramRun {
        ProgramState state;
        pid_t pid;        /* as the keeper sees it; 0: none */
        int ready;        /* reading end of its ready descriptor; held for its life: some programs end when it closes */
        bool watched;     /* ready is in the epoll set */
        bool was_ready;   /* once; a restart does not hold up others again */
        int64_t deadline; /* CLOCK_MONOTONIC ms; 0: none.  Of readiness; WAITING: the time of the restart */
        unsigned n_restarts;
        int64_t first_restart;
} ProgramRun;

enum {
        MAX_CONNECTIONS = 32, /* at the control socket; people and one manager */
        MAX_RESTARTS = 5,     /* within RESTART_WINDOW_MS; then a death counts as of an essential program */
        RESTART_WINDOW_MS = 60000,
        RESTART_DELAY_MS = 100, /* doubled each time */
        STOP_GRACE_MS = 5000,   /* between TERM and KILL, where the request names none */
        TIME_GRACE_MS = 2000,   /* the same, when the app's time is over */
        FRONT_GOES_MS = 100,    /* what it has left to do takes a few */
};

typedef struct Connection {
        int fd;       /* -1: free */
        bool shown;   /* that its client is outside every box */
        unsigned job; /* its shell, or 0 */
        pid_t pid;    /* of the shell */
} Connection;

/* What a program of a flat instance can take from the keeper, being of the same user (prlimit(2)). */
enum { KEEPER_LIMITS = 3 };

typedef struct Keeper {
        Instance *instance;
        Init *init; /* flat: of boxes[1], in this process; else NULL, and the inits are at their sockets */
        int epoll, signals;
        uint64_t limits[KEEPER_LIMITS]; /* as they were at the start; flat only */
        ProgramRun programs[PLAN_MAX_PROGRAMS];
        Connection connections[MAX_CONNECTIONS];
        unsigned next_job;
        size_t n_built;  /* boxes that are complete; programs start when all are */
        bool announced;  /* "ready" was sent */
        int64_t kill_at; /* after "stop"; 0: none */
        int64_t end_at;  /* the app's time is over then (PlanBudget.seconds); 0: none */
        bool time_over;
} Keeper;

/* What an epoll event belongs to, in data.u64's high half; the low half is an index. */
typedef enum Source {
        SOURCE_FRONT,
        SOURCE_SIGNALS,
        SOURCE_LISTENER,
        SOURCE_BOX,
        SOURCE_READY,
        SOURCE_CONNECTION
} Source;

_Noreturn void keeper_keep(Instance *instance);
_Noreturn void keeper_end(void);

void keeper_watch(Keeper *keeper, int fd, Source source, size_t index);
void keeper_unwatch(Keeper *keeper, int fd);
/* To the front end.  Consumes message (which may be NULL: no memory). */
void keeper_report(Keeper *keeper, Message *message, const int *fds, size_t n_fds);
/* To a box's init.  0 or -errno. */
int keeper_tell_box(Keeper *keeper, uint32_t box, const Message *message, const int *fds, size_t n_fds);
/* Reports that the launch can't go on, and ends.  The second: while a program was to be started. */
_Noreturn void keeper_fail(Keeper *keeper, uint32_t box, const char *step, const char *object, int error);
_Noreturn void keeper_fail_program(Keeper *keeper, size_t index, const char *step, const char *object, int error);

/* keeper-program.c */
void program_start_due(Keeper *keeper);
void program_on_ready(Keeper *keeper, size_t index);
void program_on_seen(Keeper *keeper, size_t index); /* its socket or file is there */
void program_on_forked(Keeper *keeper, size_t index, pid_t pid);
void program_on_executed(Keeper *keeper, size_t index);
void program_on_failed(Keeper *keeper, size_t index, const char *step, int error);
void program_on_ended(Keeper *keeper, size_t index, int status);
void program_on_box_gone(Keeper *keeper, uint32_t box);
void program_on_time(Keeper *keeper, int64_t now);
int64_t program_next_deadline(const Keeper *keeper); /* 0: none */
void program_signal(Keeper *keeper, unsigned job, int number);
/* The app's index; the plan has one. */
size_t program_app(const Keeper *keeper);
/* Asks the app to end: TERM, and KILL to everything after the grace. */
void program_stop(Keeper *keeper, int64_t grace_ms);
/* The app's time is over. */
void program_out_of_time(Keeper *keeper);
/* Ends the instance as if the app had been killed. */
_Noreturn void program_kill(Keeper *keeper);

/* keeper-control.c */
void control_on_listener(Keeper *keeper);
void control_on_connection(Keeper *keeper, size_t index);
/* A shell's init speaks: pty, failed, ended, forked. */
void control_on_shell(Keeper *keeper, unsigned job, const Message *message, const int *fds, size_t n_fds, pid_t pid);
