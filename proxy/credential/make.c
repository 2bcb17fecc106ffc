/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "credential/make.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "credential/authority.h"
#include "credential/http-request.h"

enum { SECRET_MAX_BYTES = 16 * 1024, BUNDLE_MAX_BYTES = 8 * 1024 * 1024 };

/* Where distributions keep what their programs trust. */
static const char *const bundles[] = { "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                       "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem" };

static int read_file(const char *path, size_t max, char **ret_text, size_t *ret_n)
{
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

        return fd < 0 ? -errno : fd_read_all(fd, max, ret_text, ret_n);
}

/* A file with a key that others can read is told: it is no secret. */
static int read_secret_file(const char *path, char **ret_text, Buffer *error)
{
        struct stat st = { 0 };
        size_t n = 0;
        int r = read_file(path, SECRET_MAX_BYTES, ret_text, &n);

        if (r == 0 && stat(path, &st) == 0 && (st.st_mode & 077) != 0)
                r = -EPERM;
        if (r == 0)
                return 0;
        buffer_add_escaped(error, path);
        if (r == -EPERM)
                buffer_add_text(error, ": others may read it; chmod 600 makes it a secret");
        else
                buffer_printf(error, ": %s", strerror(-r));
        return r;
}

/* secret-tool(1) of the distribution speaks to the Secret Service: "lookup ATTRIBUTE VALUE ...". */
static int look_up(const char *attributes, char **ret_text, Buffer *error)
{
        CLEANUP(freep) char *copy = strdup(attributes);
        const char *argv[64] = { "secret-tool", "lookup" };
        posix_spawn_file_actions_t actions;
        int ends[2], status = 0, r, n_argv = 2;
        char *rest = copy;
        size_t n = 0;
        pid_t pid = -1;

        for (char *pair = strsep(&rest, ","); pair != NULL && n_argv < 60; pair = strsep(&rest, ",")) {
                argv[n_argv++] = strsep(&pair, "=");
                argv[n_argv++] = pair != NULL ? pair : "";
        }
        if (copy == NULL || pipe2(ends, O_CLOEXEC) < 0)
                return -ENOMEM;
        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        r = -posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)fd_close(ends[1]);
        if (r == 0)
                r = fd_read_all(ends[0], SECRET_MAX_BYTES, ret_text, &n);
        (void)fd_close(ends[0]);
        if (pid > 0)
                (void)waitpid(pid, &status, 0);
        if (r == -ENOENT)
                buffer_add_text(error, "secret-tool is not there (package libsecret-tools)");
        else if (r == 0 && (status != 0 || n == 0))
                r = -ENOENT;
        if (r < 0 && error->n == 0)
                buffer_printf(error, "the Secret Service has none with %s", attributes);
        return r;
}

static int read_secret(const NetCredential *credential, char **ret_secret, Buffer *error)
{
        const char *value;
        int r = 0;

        switch (credential->source) {
        case NET_CREDENTIAL_ENV:
                value = getenv(credential->from);
                if (value == NULL || *value == '\0') {
                        buffer_printf(error, "the variable %s is not set", credential->from);
                        return -ENOENT;
                }
                *ret_secret = strdup(value);
                r = *ret_secret != NULL ? 0 : -ENOMEM;
                break;
        case NET_CREDENTIAL_FILE:
                r = read_secret_file(credential->from, ret_secret, error);
                break;
        case NET_CREDENTIAL_SECRET:
        case _NET_CREDENTIAL_SOURCE_MAX:
        default:
                r = look_up(credential->from, ret_secret, error);
                break;
        }
        if (r < 0)
                return r;
        (*ret_secret)[strcspn(*ret_secret, "\r\n")] = '\0';
        for (const char *p = *ret_secret; *p != '\0'; p++)
                if (*p < ' ' || *p == 127)
                        r = -EILSEQ;
        if (r == 0 && strlen(*ret_secret) >= 8)
                return 0;
        buffer_add_text(error, "what is there is no secret: eight printable characters or more, on one line");
        return -EINVAL;
}

static int add_rule(const char *rule, const char **ret_name, Buffer *state, Buffer *error)
{
        NetCredential credential = { 0 };
        CLEANUP(freep) char *secret = NULL;
        int r = net_credential_parse(&credential, NULL, rule);

        if (r != 0) {
                buffer_add_text(error, "no rule");
                return -EINVAL;
        }
        r = read_secret(&credential, &secret, error);
        if (r == 0) {
                buffer_add(state, rule, strlen(rule) + 1);
                buffer_add(state, secret, strlen(secret) + 1);
                *ret_name = strdup(credential.host);
        }
        if (secret != NULL)
                explicit_bzero(secret, strlen(secret));
        return r;
}

static int add_system(Buffer *bundle)
{
        const char *own = getenv("SSL_CERT_FILE");

        for (size_t i = 0; i <= sizeof bundles / sizeof *bundles; i++) {
                const char *path = i > 0 ? bundles[i - 1] : own;
                CLEANUP(freep) char *text = NULL;
                size_t n = 0;

                if (path == NULL || *path == '\0' || read_file(path, BUNDLE_MAX_BYTES, &text, &n) < 0)
                        continue;
                buffer_add(bundle, text, n);
                if (n > 0 && text[n - 1] != '\n')
                        buffer_add_byte(bundle, '\n');
                return 0;
        }
        return -ENOENT;
}

/* state: the rules, each "RULE NUL SECRET NUL"; an empty text; the authority's key and certificate, NUL; what a
 * server's certificate is verified by. */
int credential_make(const char *const *rules, size_t n, Buffer *state, Buffer *bundle, Buffer *error)
{
        const char *names[HTTP_REQUEST_MAX_RULES] = { NULL };
        CLEANUP(authority_freep) Authority *authority = NULL;
        int r = n == 0 || n > HTTP_REQUEST_MAX_RULES ? -E2BIG : 0;

        for (size_t i = 0; i < n && r == 0; i++)
                r = add_rule(rules[i], &names[i], state, error);
        if (r == 0 && (authority = authority_new(names, n)) == NULL)
                r = -ENOMEM;
        for (size_t i = 0; i < n && i < HTTP_REQUEST_MAX_RULES; i++)
                free((void *)(uintptr_t)names[i]);
        if (r < 0)
                return r;
        r = add_system(bundle);
        if (r < 0) {
                buffer_add_text(error,
                                "this machine has no list of certificates that it trusts (package ca-certificates)");
                return r;
        }
        buffer_add_byte(state, '\0');
        if (!authority_save(authority, true, state))
                return -ENOMEM;
        buffer_add_byte(state, '\0');
        buffer_add(state, bundle->bytes, bundle->n);
        buffer_add_byte(state, '\0');
        return authority_save(authority, false, bundle) && !state->failed ? 0 : -ENOMEM;
}
