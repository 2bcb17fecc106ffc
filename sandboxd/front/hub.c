/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "front/hub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "audit/audit-log.h"
#include "base/fd.h"
#include "base/message.h"
#include "notify/notify.h"

/* A question on its way: one connection to the manager each, so that none waits behind another. */
typedef struct Question {
        int fd; /* -1: the manager does not hear yet */
        size_t mediator;
        int64_t until_ms, manager_until_ms; /* for the answer; for the manager to hear */
        Message *ask;                       /* as the mediator sent it; NULL: free place */
} Question;

struct FrontHub {
        const FrontConfig *config;
        AuditLog *log;
        int mediators[FRONT_HUB_MEDIATORS]; /* -1: gone */
        Question questions[FRONT_HUB_QUESTIONS];
};

static int64_t clock_us(clockid_t clock)
{
        struct timespec now = { 0 };

        (void)clock_gettime(clock, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t now_ms(void)
{
        return clock_us(CLOCK_MONOTONIC) / 1000;
}

/* A full disk loses records, never the app: there is no one to tell. */
static void write_lines(const FrontHub *hub, const Buffer *lines)
{
        if (!lines->failed && lines->n > 0 && hub->config->audit_fd >= 0)
                (void)fd_write_all(hub->config->audit_fd, lines->bytes, lines->n);
}

static void record(FrontHub *hub, const AuditRecord *audit)
{
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;

        audit_log_add(hub->log, audit, clock_us(CLOCK_REALTIME), &lines);
        write_lines(hub, &lines);
}

static void drop_mediator(FrontHub *hub, size_t i)
{
        hub->mediators[i] = fd_close(hub->mediators[i]);
}

static const char *text_or(const Message *message, const char *key, const char *fallback)
{
        const char *value = message_get(message, key);

        return value == NULL ? fallback : value;
}

/* What to type or write, for a question that nobody answered. */
static void describe_mend(const FrontHub *hub, const Message *ask, Buffer *mend)
{
        const char *rule = message_get(ask, "rule");

        if (rule != NULL)
                buffer_printf(mend, "in ~/.config/oriel/overrides/%s: %s", hub->config->app, rule);
        else if (hub->config->manager == NULL)
                buffer_add_text(mend, "run without --no-daemon and --no-ask, then `oriel ask`");
        else
                buffer_add_text(mend, "answer in time with `oriel ask`");
}

/* The mediator's answer and the log's line.  scope NULL: nobody was asked or answered, reason says why. */
static void
answer(FrontHub *hub, size_t mediator, const Message *ask, const char *verdict, const char *scope, const char *reason)
{
        CLEANUP(message_freep) Message *message = message_new("answer");
        CLEANUP(buffer_clear) Buffer by = BUFFER_INIT, mend = BUFFER_INIT;
        bool allow = strcmp(verdict, "allow") == 0;
        AuditRecord audit = { .event = AUDIT_EVENT_ASK, .verdict = allow ? AUDIT_VERDICT_ALLOW : AUDIT_VERDICT_DENY };

        if (message != NULL && hub->mediators[mediator] >= 0) {
                message_add(message, "seq", text_or(ask, "seq", "0"));
                message_add(message, "verdict", allow ? "allow" : "deny");
                message_add(message, "scope", scope == NULL ? "once" : scope);
                /* One that does not take its answers is broken, and everything it has open is denied by its end. */
                if (message_send(hub->mediators[mediator], message, NULL, 0) < 0)
                        drop_mediator(hub, mediator);
        }
        buffer_printf(&by, scope == NULL ? "%s" : "user:%s", scope == NULL ? reason : scope);
        if (!allow && scope == NULL)
                describe_mend(hub, ask, &mend);
        audit.text[AUDIT_OP] = text_or(ask, "kind", "question");
        audit.text[AUDIT_VIA] = hub->config->mediators[mediator].name;
        audit.text[AUDIT_NAME] = message_get(ask, "subject");
        audit.text[AUDIT_BY] = buffer_text(&by);
        audit.text[AUDIT_MEND] = mend.n > 0 ? buffer_text(&mend) : NULL;
        record(hub, &audit);
}

static void
finish_question(FrontHub *hub, Question *question, const char *verdict, const char *scope, const char *reason)
{
        Message *ask = STEAL(question->ask);

        question->fd = fd_close(question->fd);
        answer(hub, question->mediator, ask, verdict, scope, reason);
        message_free(ask);
}

static int connect_manager(const char *path)
{
        CLEANUP(fd_closep) int fd = -1;
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return -errno;
        return fd_steal(&fd);
}

static int64_t wait_of(const Message *ask)
{
        int64_t ms = message_get_number(ask, "timeout-ms", FRONT_HUB_WAIT_MS);

        return ms <= 0 ? FRONT_HUB_WAIT_MS : ms > FRONT_HUB_WAIT_MAX_MS ? FRONT_HUB_WAIT_MAX_MS : ms;
}

/* The question as the manager gets it: only known fields, and who asks is not the mediator's to say. */
static int forward(const FrontHub *hub, const Message *ask, int fd)
{
        static const char *const fields[] = { "seq", "kind", "subject", "summary", "rule" };
        CLEANUP(message_freep) Message *message = message_new("ask");

        if (message == NULL)
                return -ENOMEM;
        message_add(message, "id", hub->config->id);
        message_add(message, "app", hub->config->app);
        message_add_number(message, "timeout-ms", wait_of(ask));
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
                if (message_get(ask, fields[i]) != NULL)
                        message_add(message, fields[i], message_get(ask, fields[i]));
        return message_send(fd, message, NULL, 0);
}

/* To the manager, which may only be starting. */
static void put(FrontHub *hub, Question *question)
{
        question->fd = connect_manager(hub->config->manager);
        if (question->fd >= 0 && forward(hub, question->ask, question->fd) < 0)
                question->fd = fd_close(question->fd);
        if (question->fd < 0 && question->manager_until_ms <= now_ms())
                finish_question(hub, question, "deny", NULL, "default: no manager");
}

/* Takes ask. */
static void on_ask(FrontHub *hub, size_t mediator, Message *ask)
{
        Question *question = NULL;
        const char *refusal = NULL;

        for (size_t i = 0; i < FRONT_HUB_QUESTIONS && question == NULL; i++)
                if (hub->questions[i].ask == NULL)
                        question = &hub->questions[i];
        if (hub->config->manager == NULL)
                refusal = "default: nobody to ask";
        else if (question == NULL)
                refusal = "default: too many questions";
        if (refusal != NULL) {
                answer(hub, mediator, ask, "deny", NULL, refusal);
                message_free(ask);
                return;
        }
        question->mediator = mediator;
        question->until_ms = now_ms() + wait_of(ask);
        question->manager_until_ms = now_ms() + FRONT_HUB_MANAGER_MS;
        question->ask = ask;
        put(hub, question);
}

/* Whoever called left.  To the manager the end of the question's connection says so. */
static void on_withdraw(FrontHub *hub, size_t mediator, const Message *message)
{
        const char *seq = message_get(message, "seq");

        for (size_t i = 0; seq != NULL && i < FRONT_HUB_QUESTIONS; i++) {
                Question *question = &hub->questions[i];

                if (question->ask != NULL && question->mediator == mediator &&
                    strcmp(text_or(question->ask, "seq", ""), seq) == 0)
                        finish_question(hub, question, "deny", NULL, "default: the caller left");
        }
}

/* From the app itself, just before it is executed: another process of ours hears the listener from now on, and is the
 * mediator. */
static void on_listener(FrontHub *hub, size_t i, const Message *message, int *listener)
{
        int fd = -1, r = -EINVAL;

        if (*listener >= 0 && message_get(message, "home") != NULL &&
            strcmp(hub->config->mediators[i].name, "learn") == 0)
                r = notify_start(listener, message_get(message, "home"), message_get_number(message, "ask", 0) == 1,
                                 &fd);
        drop_mediator(hub, i);
        if (r == 0)
                hub->mediators[i] = fd;
}

/* One message of a mediator.  It is semi-trusted: what it sends is checked, what it is not known to send is refused. */
static void on_mediator(FrontHub *hub, size_t i)
{
        CLEANUP(message_freep) Message *message = NULL;
        AuditRecord audit = { 0 };
        int fds[MESSAGE_MAX_FDS];
        size_t n_fds = 0;
        int r = message_receive(hub->mediators[i], &message, fds, &n_fds, NULL);

        if (r == -EAGAIN || r == -EINVAL || r == -EMSGSIZE)
                return;
        if (r <= 0) {
                drop_mediator(hub, i);
        } else if (strcmp(message_verb(message), "audit") == 0) {
                if (audit_record_from_message(&audit, message) == 0)
                        record(hub, &audit);
        } else if (strcmp(message_verb(message), "ask") == 0) {
                on_ask(hub, i, STEAL(message));
        } else if (strcmp(message_verb(message), "withdraw") == 0) {
                on_withdraw(hub, i, message);
        } else if (strcmp(message_verb(message), "listener") == 0 && n_fds == 1) {
                on_listener(hub, i, message, &fds[0]);
        } else {
                CLEANUP(message_freep) Message *error = message_new("error");

                if (error != NULL)
                        (void)message_send(hub->mediators[i], error, NULL, 0);
        }
        for (size_t f = 0; r > 0 && f < n_fds; f++)
                (void)fd_close(fds[f]);
}

static const char *known_scope(const char *scope)
{
        static const char *const scopes[] = { "once", "session", "always", "never" };

        for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
                if (strcmp(scope, scopes[i]) == 0)
                        return scopes[i];
        return NULL;
}

static void on_manager(FrontHub *hub, Question *question)
{
        CLEANUP(message_freep) Message *message = NULL;
        int r = message_receive(question->fd, &message, NULL, NULL, NULL);
        const char *scope;

        if (r == -EAGAIN)
                return;
        if ((r <= 0 || strcmp(message_verb(message), "answer") != 0) && now_ms() < question->manager_until_ms) {
                question->fd = fd_close(question->fd); /* it will be put again */
                return;
        }
        if (r <= 0 || strcmp(message_verb(message), "answer") != 0) {
                finish_question(hub, question, "deny", NULL, "default: the manager ended");
                return;
        }
        /* Without a scope nobody decided: the time was over. */
        scope = known_scope(text_or(message, "scope", ""));
        finish_question(hub, question, scope == NULL ? "deny" : text_or(message, "verdict", "deny"), scope,
                        "default: no answer");
}

int front_hub_new(FrontHub **ret_hub, const FrontConfig *config, const char *profile)
{
        CLEANUP(front_hub_freep) FrontHub *hub = NULL;

        if (config->n_mediators > FRONT_HUB_MEDIATORS)
                return -E2BIG;
        hub = calloc(1, sizeof *hub);
        if (hub == NULL)
                return -ENOMEM;
        hub->config = config;
        for (size_t i = 0; i < FRONT_HUB_QUESTIONS; i++)
                hub->questions[i].fd = -1;
        for (size_t i = 0; i < FRONT_HUB_MEDIATORS; i++) {
                hub->mediators[i] = i < config->n_mediators ? config->mediators[i].fd : -1;
                if (hub->mediators[i] >= 0)
                        (void)fcntl(hub->mediators[i], F_SETFL, O_NONBLOCK);
        }
        hub->log = audit_log_new(config->id, profile);
        if (hub->log == NULL)
                return -ENOMEM;
        *ret_hub = STEAL(hub);
        return 0;
}

void front_hub_free(FrontHub *hub)
{
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;

        if (hub == NULL)
                return;
        /* What the mediators said last. */
        for (size_t i = 0; i < FRONT_HUB_MEDIATORS; i++) {
                struct pollfd last = { .fd = hub->mediators[i], .events = POLLIN };

                while (hub->log != NULL && last.fd >= 0 && poll(&last, 1, 0) > 0) {
                        on_mediator(hub, i);
                        last.fd = hub->mediators[i];
                }
                drop_mediator(hub, i);
        }
        for (size_t i = 0; i < FRONT_HUB_QUESTIONS; i++)
                if (hub->questions[i].ask != NULL)
                        finish_question(hub, &hub->questions[i], "deny", NULL, "default: the app ended");
        if (hub->log != NULL)
                audit_log_finish(hub->log, clock_us(CLOCK_REALTIME), &lines);
        write_lines(hub, &lines);
        audit_log_free(hub->log);
        free(hub);
}

/* The sooner of two waits, where -1 is never. */
static int sooner(int a, int64_t b)
{
        if (b < 0)
                b = 0;
        return a < 0 || b < a ? (b > INT32_MAX ? INT32_MAX : (int)b) : a;
}

int front_hub_prepare(const FrontHub *hub, struct pollfd polls[FRONT_HUB_POLLS])
{
        int64_t now = now_ms(), due = audit_log_due(hub->log);
        int wait = -1;

        for (size_t i = 0; i < FRONT_HUB_MEDIATORS; i++)
                polls[i] = (struct pollfd){ .fd = hub->mediators[i], .events = POLLIN };
        for (size_t i = 0; i < FRONT_HUB_QUESTIONS; i++) {
                const Question *question = &hub->questions[i];

                polls[FRONT_HUB_MEDIATORS + i] = (struct pollfd){ .fd = question->fd, .events = POLLIN };
                if (question->ask != NULL)
                        wait = sooner(wait, question->fd >= 0 ? question->until_ms - now : FRONT_HUB_AGAIN_MS);
        }
        if (due != 0) {
                int64_t left = (due - clock_us(CLOCK_REALTIME)) / 1000 + 1;

                wait = sooner(wait, left < AUDIT_FOLD_MS ? left : AUDIT_FOLD_MS);
        }
        return wait;
}

void front_hub_handle(FrontHub *hub, const struct pollfd polls[FRONT_HUB_POLLS])
{
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;
        int64_t now = now_ms();

        for (size_t i = 0; i < FRONT_HUB_QUESTIONS; i++) {
                Question *question = &hub->questions[i];

                if (question->fd >= 0 && polls[FRONT_HUB_MEDIATORS + i].revents != 0)
                        on_manager(hub, question);
                else if (question->ask != NULL && question->fd < 0)
                        put(hub, question);
                if (question->ask != NULL && question->until_ms <= now)
                        finish_question(hub, question, "deny", NULL, "default: no answer");
        }
        for (size_t i = 0; i < FRONT_HUB_MEDIATORS; i++)
                if (hub->mediators[i] >= 0 && polls[i].revents != 0)
                        on_mediator(hub, i);
        audit_log_flush(hub->log, clock_us(CLOCK_REALTIME), &lines);
        write_lines(hub, &lines);
}
