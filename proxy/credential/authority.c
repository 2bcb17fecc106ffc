/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "credential/authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { BEFORE_SECONDS = 24 * 60 * 60 /* clocks differ */, DAYS = 365, SERIAL_BYTES = 16 };

struct Authority {
        EVP_PKEY *key;
        X509 *certificate;
};

void authority_free(Authority *authority)
{
        if (authority == NULL)
                return;
        EVP_PKEY_free(authority->key);
        X509_free(authority->certificate);
        free(authority);
}

static bool set_serial(X509 *certificate)
{
        unsigned char bytes[SERIAL_BYTES];
        BIGNUM *number = NULL;
        bool done;

        if (RAND_bytes(bytes, sizeof bytes) != 1)
                return false;
        bytes[0] &= 0x7f;
        number = BN_bin2bn(bytes, sizeof bytes, NULL);
        done = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
        BN_free(number);
        return done;
}

static bool add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
        X509V3_CTX context = { 0 };
        X509_EXTENSION *extension;
        bool done;

        X509V3_set_ctx_nodb(&context);
        X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
        extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
        done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
        X509_EXTENSION_free(extension);
        return done;
}

/* A certificate for that key, without extensions and signature. */
static X509 *begin(EVP_PKEY *key, const char *name)
{
        X509 *certificate = X509_new();
        X509_NAME *subject = certificate != NULL ? X509_get_subject_name(certificate) : NULL;

        if (subject != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
            X509_gmtime_adj(X509_getm_notBefore(certificate), -BEFORE_SECONDS) != NULL &&
            X509_time_adj_ex(X509_getm_notAfter(certificate), DAYS, 0, NULL) != NULL &&
            X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1 &&
            X509_set_pubkey(certificate, key) == 1)
                return certificate;
        X509_free(certificate);
        return NULL;
}

static bool constrain(X509 *certificate, const char *const *names, size_t n)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        buffer_add_text(&text, "critical");
        for (size_t i = 0; i < n; i++)
                buffer_printf(&text, ",permitted;DNS:%s", names[i]);
        return buffer_text(&text) != NULL &&
               add_extension(certificate, certificate, NID_name_constraints, buffer_text(&text));
}

Authority *authority_new(const char *const *names, size_t n)
{
        CLEANUP(authority_freep) Authority *authority = calloc(1, sizeof *authority);

        if (authority == NULL)
                return NULL;
        authority->key = EVP_EC_gen("P-256");
        authority->certificate =
                authority->key != NULL ? begin(authority->key, "Oriel, for one run of one program") : NULL;
        if (authority->certificate == NULL ||
            X509_set_issuer_name(authority->certificate, X509_get_subject_name(authority->certificate)) != 1 ||
            !add_extension(authority->certificate, authority->certificate, NID_basic_constraints,
                           "critical,CA:TRUE,pathlen:0") ||
            !add_extension(authority->certificate, authority->certificate, NID_key_usage, "critical,keyCertSign") ||
            !add_extension(authority->certificate, authority->certificate, NID_subject_key_identifier, "hash") ||
            !constrain(authority->certificate, names, n) ||
            X509_sign(authority->certificate, authority->key, EVP_sha256()) == 0)
                return NULL;
        return STEAL(authority);
}

Authority *authority_load(const char *pem, size_t n)
{
        CLEANUP(authority_freep) Authority *authority = calloc(1, sizeof *authority);
        BIO *from = n <= INT32_MAX ? BIO_new_mem_buf(pem, (int)n) : NULL;

        if (authority != NULL && from != NULL) {
                authority->key = PEM_read_bio_PrivateKey(from, NULL, NULL, NULL);
                authority->certificate = PEM_read_bio_X509(from, NULL, NULL, NULL);
        }
        BIO_free(from);
        return authority != NULL && authority->key != NULL && authority->certificate != NULL ? STEAL(authority) : NULL;
}

bool authority_save(const Authority *authority, bool key, Buffer *pem)
{
        BIO *to = BIO_new(BIO_s_mem());
        char *bytes = NULL;
        long n = 0;
        bool done = to != NULL &&
                    (!key || PEM_write_bio_PrivateKey(to, authority->key, NULL, NULL, 0, NULL, NULL) == 1) &&
                    PEM_write_bio_X509(to, authority->certificate) == 1;

        if (done)
                n = BIO_get_mem_data(to, &bytes);
        if (n > 0)
                buffer_add(pem, bytes, (size_t)n);
        BIO_free(to);
        return done && !pem->failed;
}

static X509 *make_leaf(const Authority *authority, EVP_PKEY *key, const char *name)
{
        char alternative[300] = "";
        X509 *leaf = begin(key, name);

        (void)snprintf(alternative, sizeof alternative, "DNS:%s", name);
        if (leaf != NULL && X509_set_issuer_name(leaf, X509_get_subject_name(authority->certificate)) == 1 &&
            add_extension(leaf, authority->certificate, NID_basic_constraints, "critical,CA:FALSE") &&
            add_extension(leaf, authority->certificate, NID_key_usage, "critical,digitalSignature") &&
            add_extension(leaf, authority->certificate, NID_ext_key_usage, "serverAuth") &&
            add_extension(leaf, authority->certificate, NID_authority_key_identifier, "keyid") &&
            add_extension(leaf, authority->certificate, NID_subject_alt_name, alternative) &&
            X509_sign(leaf, authority->key, EVP_sha256()) != 0)
                return leaf;
        X509_free(leaf);
        return NULL;
}

static int choose_protocol(
        SSL *ssl, const unsigned char **out, unsigned char *n_out, const unsigned char *in, unsigned n, void *data)
{
        static const unsigned char ours[] = "\x08http/1.1";

        (void)ssl;
        (void)data;
        if (SSL_select_next_proto((unsigned char **)out, n_out, ours, sizeof ours - 1, in, n) != OPENSSL_NPN_NEGOTIATED)
                return SSL_TLSEXT_ERR_ALERT_FATAL;
        return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *authority_server(const Authority *authority, const char *name)
{
        SSL_CTX *context = SSL_CTX_new(TLS_server_method());
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *leaf = key != NULL ? make_leaf(authority, key, name) : NULL;
        bool done = context != NULL && leaf != NULL && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                    SSL_CTX_use_certificate(context, leaf) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;

        if (done)
                SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
        X509_free(leaf);
        EVP_PKEY_free(key);
        if (done)
                return context;
        SSL_CTX_free(context);
        return NULL;
}
