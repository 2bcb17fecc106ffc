/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server is spoken to first: only what was verified gets to hear of a request.  The program's TLS ends here, with a
 * certificate of the instance's own authority. */
#include "credential/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "credential/authority.h"
#include "credential/http-request.h"
#include "credential/secret-cut.h"

enum { CHUNK = 16 * 1024, HANDSHAKE_SECONDS = 30, STACK = 256 * 1024, DROPPED_MAX = 64 };

typedef struct Service {
        int link;
        HttpRule rules[HTTP_REQUEST_MAX_RULES];
        size_t n_rules;
        Authority *authority;
        SSL_CTX *client;                          /* verifies servers */
        SSL_CTX *servers[HTTP_REQUEST_MAX_RULES]; /* by rule: what its host shows to the box */
        atomic_uint n;
} Service;

typedef struct Talk {
        Service *service;
        char host[HOST_NAME_MAX_BYTES + 1];
        uint16_t port;
        HttpRule rules[HTTP_REQUEST_MAX_RULES]; /* of that host and port */
        size_t n_rules, first;
        int app_fd, server_fd;
        SSL *app, *server;
        HttpRequests requests;
        SecretCut cut;
        bool app_ended, server_ended;
} Talk;

/* One line of the log; packets of a SOCK_SEQPACKET socket do not mix. */
static void tell(const Talk *talk, const char *name, const char *fault)
{
        CLEANUP(message_freep) Message *message = message_new("told");

        if (message == NULL)
                return;
        message_add(message, "host", talk->host);
        message_add_number(message, "port", talk->port);
        if (name != NULL)
                message_add(message, "name", name);
        if (fault != NULL)
                message_add(message, "fault", fault);
        (void)message_send(talk->service->link, message, NULL, 0);
}

static void set_deadline(int fd, int seconds)
{
        struct timeval wait = { .tv_sec = seconds };

        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

static bool connect_server(Talk *talk)
{
        static const unsigned char protocol[] = "\x08http/1.1";
        long verified;

        talk->server = SSL_new(talk->service->client);
        if (talk->server == NULL || SSL_set_fd(talk->server, talk->server_fd) != 1 ||
            SSL_set_tlsext_host_name(talk->server, talk->host) != 1 || SSL_set1_host(talk->server, talk->host) != 1 ||
            SSL_set_alpn_protos(talk->server, protocol, sizeof protocol - 1) != 0)
                return false;
        SSL_set_hostflags(talk->server, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (SSL_connect(talk->server) == 1)
                return true;
        verified = SSL_get_verify_result(talk->server);
        if (verified != X509_V_OK) {
                CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;

                buffer_printf(&why, "the server's certificate is not to be trusted: %s",
                              X509_verify_cert_error_string(verified));
                tell(talk, NULL, buffer_text(&why));
        } else {
                tell(talk, NULL, "the server does not speak TLS as it should");
        }
        return false;
}

static bool accept_app(Talk *talk)
{
        talk->app = SSL_new(talk->service->servers[talk->first]);
        if (talk->app == NULL || SSL_set_fd(talk->app, talk->app_fd) != 1)
                return false;
        if (SSL_accept(talk->app) == 1)
                return true;
        tell(talk, NULL, "the program does not trust the certificate of its box, or wants no HTTP/1.1");
        return false;
}

/* Says a whole text, at the begin or the end of a talk.  What the program still sends is read and dropped for a moment:
 * else the text would be lost with the connection. */
static void answer(const Talk *talk, const char *status, const char *why)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        char dropped[CHUNK];

        buffer_printf(&text,
                      "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
                      status, strlen(why) + 1, why);
        if (buffer_text(&text) != NULL)
                (void)SSL_write(talk->app, text.bytes, (int)text.n);
        (void)SSL_shutdown(talk->app);
        (void)fcntl(talk->app_fd, F_SETFL, 0);
        set_deadline(talk->app_fd, 1);
        (void)shutdown(talk->app_fd, SHUT_WR);
        for (int i = 0; i < DROPPED_MAX && recv(talk->app_fd, dropped, sizeof dropped, 0) > 0; i++)
                continue;
}

/* What waits for ssl is written as far as it goes.  False: it broke.  *wants: what the socket is to be waited for. */
static bool write_some(SSL *ssl, Buffer *waiting, short *wants)
{
        while (waiting->n > 0) {
                int n = SSL_write(ssl, waiting->bytes, waiting->n > INT32_MAX ? INT32_MAX : (int)waiting->n), fault;

                if (n > 0) {
                        memmove(waiting->bytes, waiting->bytes + n, waiting->n - (size_t)n);
                        waiting->n -= (size_t)n;
                        continue;
                }
                fault = SSL_get_error(ssl, n);
                if (fault != SSL_ERROR_WANT_READ && fault != SSL_ERROR_WANT_WRITE)
                        return false;
                *wants |= fault == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
                return true;
        }
        return true;
}

/* Bytes; 0: nothing now; -1: the end. */
static int read_some(SSL *ssl, char *bytes, short *wants)
{
        int n = SSL_read(ssl, bytes, CHUNK), fault = n > 0 ? 0 : SSL_get_error(ssl, n);

        if (n > 0)
                return n;
        if (fault != SSL_ERROR_WANT_READ && fault != SSL_ERROR_WANT_WRITE)
                return -1;
        *wants |= fault == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        return 0;
}

/* One turn of the program's side.  False: the talk is over. */
static bool move_up(Talk *talk, Buffer *up, short *app_wants, short *server_wants)
{
        char bytes[CHUNK];

        while (up->n == 0 && !talk->app_ended) {
                const HttpRule *before = talk->requests.added;
                int n = read_some(talk->app, bytes, app_wants);

                if (n == 0)
                        break;
                if (n < 0) {
                        talk->app_ended = true;
                        break;
                }
                if (!http_requests_feed(&talk->requests, bytes, (size_t)n, up)) {
                        tell(talk, NULL, "no request that could be passed on");
                        answer(talk, "400 Bad Request", "this is no request that could be passed on");
                        return false;
                }
                if (talk->requests.added != NULL && talk->requests.added != before)
                        tell(talk, talk->requests.added->credential.name, NULL);
                if (!write_some(talk->server, up, server_wants))
                        return false;
        }
        return write_some(talk->server, up, server_wants) && (!talk->app_ended || up->n > 0);
}

static bool move_down(Talk *talk, Buffer *down, short *app_wants, short *server_wants)
{
        char bytes[CHUNK];

        while (down->n == 0 && !talk->server_ended) {
                size_t cut = talk->cut.n_cut;
                int n = read_some(talk->server, bytes, server_wants);

                if (n == 0)
                        break;
                if (n < 0) {
                        talk->server_ended = true;
                        secret_cut_flush(&talk->cut, down);
                        break;
                }
                secret_cut_feed(&talk->cut, bytes, (size_t)n, down);
                if (talk->cut.n_cut > cut)
                        tell(talk, NULL, "the server sent the secret back: cut");
                if (down->failed || !write_some(talk->app, down, app_wants))
                        return false;
        }
        return write_some(talk->app, down, app_wants) && (!talk->server_ended || down->n > 0);
}

static void move(Talk *talk)
{
        CLEANUP(buffer_clear) Buffer up = BUFFER_INIT, down = BUFFER_INIT;

        (void)fcntl(talk->app_fd, F_SETFL, O_NONBLOCK);
        (void)fcntl(talk->server_fd, F_SETFL, O_NONBLOCK);
        for (;;) {
                struct pollfd polled[] = { { .fd = talk->app_fd }, { .fd = talk->server_fd } };

                if (!move_up(talk, &up, &polled[0].events, &polled[1].events) ||
                    !move_down(talk, &down, &polled[0].events, &polled[1].events))
                        break;
                if (poll(polled, 2, -1) < 0 && errno != EINTR)
                        break;
        }
        if (up.bytes != NULL)
                explicit_bzero(up.bytes, up.room);
        (void)SSL_shutdown(talk->app);
        (void)SSL_shutdown(talk->server);
}

static void *run(void *data)
{
        Talk *talk = data;
        bool server;

        set_deadline(talk->app_fd, HANDSHAKE_SECONDS);
        set_deadline(talk->server_fd, HANDSHAKE_SECONDS);
        talk->requests = (HttpRequests){
                .host = talk->host, .port = talk->port, .rules = talk->rules, .n_rules = talk->n_rules
        };
        for (size_t i = 0; i < talk->n_rules; i++)
                (void)secret_cut_add(&talk->cut, talk->rules[i].secret);
        server = connect_server(talk);
        if (accept_app(talk)) {
                if (server)
                        move(talk);
                else
                        answer(talk, "502 Bad Gateway", "the server's certificate is not to be trusted");
        }
        SSL_free(talk->app);
        SSL_free(talk->server);
        ERR_clear_error();
        (void)fd_close(talk->app_fd);
        (void)fd_close(talk->server_fd);
        http_requests_clear(&talk->requests);
        secret_cut_clear(&talk->cut);
        atomic_fetch_sub(&talk->service->n, 1);
        free(talk);
        return NULL;
}

static void start(Service *service, const Message *message, int *fds, size_t n_fds)
{
        const char *host = message_get(message, "host");
        Talk *talk = calloc(1, sizeof *talk);
        pthread_attr_t attributes;
        pthread_t thread;

        if (talk == NULL || host == NULL || n_fds != 2 || !host_name_read(talk->host, host, strlen(host)) ||
            atomic_load(&service->n) >= CREDENTIAL_MAX_CONNECTIONS) {
                free(talk);
                return;
        }
        talk->service = service;
        talk->port = (uint16_t)message_get_number(message, "port", 0);
        for (size_t i = service->n_rules; i > 0; i--)
                if (strcmp(service->rules[i - 1].credential.host, talk->host) == 0 &&
                    service->rules[i - 1].credential.port == talk->port) {
                        talk->rules[talk->n_rules++] = service->rules[i - 1];
                        talk->first = i - 1;
                }
        if (talk->n_rules == 0) {
                free(talk);
                return;
        }
        talk->app_fd = fd_steal(&fds[0]);
        talk->server_fd = fd_steal(&fds[1]);
        atomic_fetch_add(&service->n, 1);
        (void)pthread_attr_init(&attributes);
        (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        (void)pthread_attr_setstacksize(&attributes, STACK);
        if (pthread_create(&thread, &attributes, run, talk) != 0)
                (void)run(talk); /* one after the other, then */
        (void)pthread_attr_destroy(&attributes);
}

/* ---- Its begin ---- */

/* The next NUL-terminated text of the state; NULL: there is none. */
static char *next_text(char **at, const char *end)
{
        char *text = *at, *nul = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;

        if (nul == NULL)
                return NULL;
        *at = nul + 1;
        return text;
}

static bool read_rules(Service *service, char **at, const char *end)
{
        for (;;) {
                char *rule = next_text(at, end), *secret = NULL;

                if (rule != NULL && *rule == '\0')
                        return service->n_rules > 0;
                secret = rule != NULL ? next_text(at, end) : NULL;
                if (secret == NULL || service->n_rules == HTTP_REQUEST_MAX_RULES ||
                    net_credential_parse(&service->rules[service->n_rules].credential, NULL, rule) != 0)
                        return false;
                service->rules[service->n_rules++].secret = secret;
        }
}

/* All that the text holds; a certificate that OpenSSL does not know is passed over, as everybody does. */
static SSL_CTX *trust(const char *pem)
{
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        BIO *from = BIO_new_mem_buf(pem, -1);
        STACK_OF(X509_INFO) *all = from != NULL ? PEM_X509_INFO_read_bio(from, NULL, NULL, NULL) : NULL;

        for (int i = 0; context != NULL && all != NULL && i < sk_X509_INFO_num(all); i++) {
                const X509_INFO *one = sk_X509_INFO_value(all, i);

                if (one->x509 != NULL)
                        (void)X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one->x509);
        }
        sk_X509_INFO_pop_free(all, X509_INFO_free);
        BIO_free(from);
        ERR_clear_error();
        if (context == NULL)
                return NULL;
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
        (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        return context;
}

static bool prepare(Service *service, char *state, size_t n)
{
        char *at = state, *pem = NULL, *trusted = NULL;
        const char *end = state + n;

        if (!read_rules(service, &at, end))
                return false;
        pem = next_text(&at, end);
        trusted = pem != NULL ? next_text(&at, end) : NULL;
        if (trusted == NULL)
                return false;
        service->authority = authority_load(pem, strlen(pem));
        explicit_bzero(pem, strlen(pem));
        service->client = trust(trusted);
        for (size_t i = 0; service->authority != NULL && i < service->n_rules; i++) {
                service->servers[i] = authority_server(service->authority, service->rules[i].credential.host);
                if (service->servers[i] == NULL)
                        return false;
                (void)SSL_CTX_set_mode(service->servers[i],
                                       SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        }
        return service->authority != NULL && service->client != NULL;
}

int credential_serve(int link, int ready_fd, char *state, size_t n, Buffer *error)
{
        Service *service = calloc(1, sizeof *service);
        int r;

        if (service == NULL)
                return -ENOMEM;
        service->link = link;
        if (!prepare(service, state, n)) {
                buffer_add_text(error, "what the launch gave can't be used");
                return -EINVAL;
        }
        if (ready_fd >= 0) {
                (void)fd_write_all(ready_fd, "\n", 1);
                (void)fd_close(ready_fd);
        }
        for (;;) {
                CLEANUP(message_freep) Message *message = NULL;
                int fds[MESSAGE_MAX_FDS];
                size_t n_fds = 0;

                r = message_receive(link, &message, fds, &n_fds, NULL);
                if (r == 0)
                        break;
                if (r == -EAGAIN) {
                        struct pollfd polled = { .fd = link, .events = POLLIN };

                        (void)poll(&polled, 1, -1);
                        continue;
                }
                if (r > 0 && strcmp(message_verb(message), "serve") == 0)
                        start(service, message, fds, n_fds);
                for (size_t i = 0; i < n_fds; i++)
                        (void)fd_close(fds[i]);
                if (r < 0 && r != -EINVAL && r != -EMSGSIZE && r != -EINTR)
                        return r;
        }
        /* Threads may be at work still; this process is over. */
        return 0;
}
