/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By libsecret.  Nothing here starts a service, unlocks a keyring or shows a window: a launch is no moment for that. */
#include "keyring/login.h"

#include <gio/gio.h>
#include <libsecret/secret.h>

#include "base/i18n.h"

#define SECRETS "org.freedesktop.secrets"

struct Login {
        SecretService *service;
        SecretCollection *collection;
};

static const SecretSchema schema = {
        .name = "org.oriel.KeyringKey",
        .attributes = { { "place", SECRET_SCHEMA_ATTRIBUTE_STRING } },
};

/* An address, so that GLib does not start a bus; and somebody who has the name, so that the bus does not start him. */
static gboolean is_there(GError **error)
{
        const char *runtime = g_getenv("XDG_RUNTIME_DIR");
        g_autofree char *socket = g_build_filename(runtime != NULL ? runtime : "/nowhere", "bus", NULL);
        g_autoptr(GDBusConnection) bus = NULL;
        g_autoptr(GVariant) answer = NULL;
        gboolean owned = FALSE;

        if (g_getenv("DBUS_SESSION_BUS_ADDRESS") == NULL && !g_file_test(socket, G_FILE_TEST_EXISTS)) {
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("there is no session bus"));
                return FALSE;
        }
        bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, error);
        if (bus == NULL)
                return FALSE;
        g_dbus_connection_set_exit_on_close(bus, FALSE);
        answer = g_dbus_connection_call_sync(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                             "org.freedesktop.DBus", "NameHasOwner", g_variant_new("(s)", SECRETS),
                                             G_VARIANT_TYPE("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
        if (answer == NULL)
                return FALSE;
        g_variant_get(answer, "(b)", &owned);
        if (!owned)
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("no login keyring runs"));
        return owned;
}

Login *login_open(GError **error)
{
        g_autoptr(Login) login = g_new0(Login, 1);

        if (!is_there(error))
                return NULL;
        login->service = secret_service_get_sync(SECRET_SERVICE_OPEN_SESSION, NULL, error);
        if (login->service == NULL)
                return NULL;
        login->collection = secret_collection_for_alias_sync(login->service, SECRET_COLLECTION_DEFAULT,
                                                             SECRET_COLLECTION_NONE, NULL, error);
        if (login->collection == NULL && (error == NULL || *error == NULL))
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("there is no login keyring"));
        if (login->collection == NULL)
                return NULL;
        if (secret_collection_get_locked(login->collection)) {
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, _("the login keyring is locked"));
                return NULL;
        }
        return g_steal_pointer(&login);
}

void login_close(Login *login)
{
        if (login == NULL)
                return;
        g_clear_object(&login->collection);
        g_clear_object(&login->service);
        g_free(login);
}

static GHashTable *attributes_of(const char *place)
{
        return secret_attributes_build(&schema, "place", place, NULL);
}

char *login_look_up(Login *login, const char *place, GError **error)
{
        g_autoptr(GHashTable) attributes = attributes_of(place);
        g_autoptr(SecretValue) value = secret_service_lookup_sync(login->service, &schema, attributes, NULL, error);
        const char *text = value != NULL ? secret_value_get_text(value) : NULL;

        return g_strdup(text);
}

gboolean login_store(Login *login, const char *place, const char *secret, GError **error)
{
        g_autoptr(GHashTable) attributes = attributes_of(place);
        g_autoptr(SecretValue) value = secret_value_new(secret, -1, "text/plain");
        g_autofree char *label = g_strdup_printf("Oriel: %s", place);

        return secret_service_store_sync(login->service, &schema, attributes, SECRET_COLLECTION_DEFAULT, label, value,
                                         NULL, error);
}
