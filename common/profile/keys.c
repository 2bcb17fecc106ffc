/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of keys: the one source of what a profile may say.  A new key is a row here and a value of ProfileKey.
 *
 * A row's help is one sentence about what the key does; the words and the form say how it is written. */

#include "profile/keys.h"

#include <string.h>

#include "base/i18n.h"
#include "profile/value.h"

#define WORDS(...)                                                                                                     \
        (const char *const[])                                                                                          \
        {                                                                                                              \
                __VA_ARGS__, NULL                                                                                      \
        }

#define FIRST(first, ...) first
#define YES_NO "no", "yes"
#define CLIPBOARD_WORDS "to-app", "from-app", "both"

#define CHOICE(group_, key_, help_, effect_, ...)                                                                      \
        {                                                                                                              \
                .info = {                                                                                              \
                        .group = group_,                                                                               \
                        .key = key_,                                                                                   \
                        .type = PROFILE_TYPE_CHOICE,                                                                   \
                        .words = WORDS(__VA_ARGS__),                                                                   \
                        .fallback = FIRST(__VA_ARGS__, ""),                                                            \
                        .help = help_,                                                                                 \
                        .has_effect = effect_                                                                          \
                }                                                                                                      \
        }

#define STRING(group_, key_, read_, fallback_, form_, help_, effect_)                                                  \
        {                                                                                                              \
                .info = { .group = group_,                                                                             \
                          .key = key_,                                                                                 \
                          .type = PROFILE_TYPE_STRING,                                                                 \
                          .fallback = fallback_,                                                                       \
                          .form = form_,                                                                               \
                          .help = help_,                                                                               \
                          .has_effect = effect_ },                                                                     \
                .read = read_                                                                                          \
        }

#define LIST(group_, key_, read_, negatable_, form_, help_, effect_)                                                   \
        {                                                                                                              \
                .info = { .group = group_,                                                                             \
                          .key = key_,                                                                                 \
                          .type = PROFILE_TYPE_LIST,                                                                   \
                          .form = form_,                                                                               \
                          .negatable = negatable_,                                                                     \
                          .help = help_,                                                                               \
                          .has_effect = effect_ },                                                                     \
                .read = read_, .subject_ends = ""                                                                      \
        }

#define WORD_LIST(group_, key_, words_, conditional_, help_, effect_)                                                  \
        {                                                                                                              \
                .info = {                                                                                              \
                        .group = group_,                                                                               \
                        .key = key_,                                                                                   \
                        .type = PROFILE_TYPE_WORDS,                                                                    \
                        .words = words_,                                                                               \
                        .negatable = TRUE,                                                                             \
                        .conditional = conditional_,                                                                   \
                        .help = help_,                                                                                 \
                        .has_effect = effect_                                                                          \
                }                                                                                                      \
        }

static const KeyRow key_rows[] = {
        [PROFILE_APPLICATION_NAME] = STRING("Application",
                                            "name",
                                            value_read_app_id,
                                            NULL,
                                            "ID",
                                            N_("The application's id, such as org.example.App: its identity for portals and "
                                               "the name of its data; building blocks have none"),
                                            TRUE),
        [PROFILE_APPLICATION_COMMAND] = STRING("Application",
                                               "command",
                                               value_read_program,
                                               NULL,
                                               "PROGRAM",
                                               N_("The program to start, looked up in the PATH inside, or an absolute path"),
                                               TRUE),
        [PROFILE_APPLICATION_RUNTIME] = STRING("Application",
                                               "runtime",
                                               value_read_text,
                                               NULL,
                                               "REF",
                                               N_("Flatpak's runtime; Oriel's boxes show the host's /usr"),
                                               FALSE),
        [PROFILE_APPLICATION_SDK] =
                STRING("Application", "sdk", value_read_text, NULL, "REF", N_("Flatpak's development runtime"), FALSE),
        [PROFILE_APPLICATION_BASE] =
                STRING("Application", "base", value_read_text, NULL, "REF", N_("Flatpak's base app"), FALSE),
        [PROFILE_APPLICATION_TAGS] =
                LIST("Application", "tags", value_read_text, FALSE, "TAG", N_("Flatpak's tags"), FALSE),
        [PROFILE_APPLICATION_REQUIRED_FLATPAK] = LIST("Application",
                                                      "required-flatpak",
                                                      value_read_text,
                                                      FALSE,
                                                      "VERSION",
                                                      N_("The versions of Flatpak that the app needs there"),
                                                      FALSE),

        [PROFILE_CONTEXT_SHARED] =
                WORD_LIST("Context",
                          "shared",
                          WORDS("network", "ipc"),
                          TRUE,
                          N_("network: the network as [Network] mode says, the host's where it says nothing and an isolated "
                             "display can be guarded; ipc: one IPC namespace for the app and its companions"),
                          TRUE),
        [PROFILE_CONTEXT_SOCKETS] =
                WORD_LIST("Context",
                          "sockets",
                          WORDS("x11",
                                "wayland",
                                "fallback-x11",
                                "pulseaudio",
                                "session-bus",
                                "system-bus",
                                "ssh-auth",
                                "pcsc",
                                "cups",
                                "gpg-agent",
                                "inherit-wayland-socket"),
                          TRUE,
                          N_("Services that the app may talk to; x11 is a display, and [Display] mode says which one, "
                             "never the host's unless \"host\" is written there"),
                          TRUE),
        [PROFILE_CONTEXT_DEVICES] = WORD_LIST("Context",
                                              "devices",
                                              WORDS("dri", "all", "kvm", "shm", "input", "usb"),
                                              TRUE,
                                              N_("Device nodes to show; shm is private"),
                                              TRUE),
        [PROFILE_CONTEXT_FEATURES] = WORD_LIST("Context",
                                               "features",
                                               WORDS("devel", "multiarch", "bluetooth", "canbus", "per-app-dev-shm"),
                                               TRUE,
                                               N_("Flatpak's features"),
                                               FALSE),
        [PROFILE_CONTEXT_FILESYSTEMS] = {
                .info = { .group = "Context",
                          .key = "filesystems",
                          .type = PROFILE_TYPE_LIST,
                          .form = "PLACE[:ro|:rw|:create][:optional]",
                          .negatable = TRUE,
                          .help = N_("Files and directories of the host, writable unless :ro; home, host, host-os, host-etc, "
                                     "host-root, xdg-desktop, xdg-download, ... xdg-run/PATH, ~/PATH or /PATH; the more "
                                     "specific one wins; !host:reset drops what lower layers granted"),
                          .has_effect = TRUE },
                .read = value_read_filesystem,
                .read_negation = TRUE,
                .subject_ends = ":",
        },
        [PROFILE_CONTEXT_PERSISTENT] =
                LIST("Context",
                     "persistent",
                     value_read_persistent,
                     TRUE,
                     "PATH",
                     N_("Paths below the home directory that keep their content from run to run in the app's own "
                        "data; . is all of it"),
                     TRUE),
        [PROFILE_CONTEXT_UNSET_ENVIRONMENT] = LIST("Context",
                                                   "unset-environment",
                                                   value_read_env_name,
                                                   FALSE,
                                                   "NAME",
                                                   N_("Environment variables that the app does not get"),
                                                   TRUE),

        [PROFILE_USB_ENUMERABLE] = LIST("USB Devices",
                                        "enumerable-devices",
                                        value_read_text,
                                        TRUE,
                                        "QUERY",
                                        N_("Devices that the USB portal may show"),
                                        FALSE),
        [PROFILE_USB_HIDDEN] = LIST("USB Devices",
                                    "hidden-devices",
                                    value_read_text,
                                    TRUE,
                                    "QUERY",
                                    N_("Devices that the USB portal hides"),
                                    FALSE),

        [PROFILE_ORIEL_INHERITS] = LIST("Oriel",
                                        "inherits",
                                        value_read_profile_name,
                                        FALSE,
                                        "PROFILE",
                                        N_("Profiles that this one builds on, the first lowest"),
                                        TRUE),
        [PROFILE_ORIEL_ALIAS] = LIST("Oriel",
                                     "alias",
                                     value_read_alias,
                                     FALSE,
                                     "NAME",
                                     N_("Short names for oriel run"),
                                     TRUE),
        [PROFILE_ORIEL_TREE] = STRING("Oriel",
                                      "tree",
                                      value_read_tree,
                                      "default",
                                      "default|single|NAME|/PATH",
                                      N_("The tree of boxes: default, single (one box, for plain commands) or a tree file"),
                                      TRUE),
        [PROFILE_ORIEL_NESTED] =
                CHOICE("Oriel", "nested", N_("Whether the app may make user namespaces: yes, with mounts of its own in them; limited, as browsers' own "
                          "sandboxes do, without mounts; the system call filter follows it"), TRUE, "no", "yes", "limited"),
        [PROFILE_ORIEL_SINGLE] = CHOICE("Oriel", "single", N_("A second start hands its arguments to the running app"), FALSE, YES_NO),

        [PROFILE_DISPLAY_MODE] =
                CHOICE("Display", "mode", N_("The display of an app that asked for one by sockets=; host gives away all that other windows "
                          "show and get typed"), TRUE, "auto", "none", "host", "wayland", "xephyr", "seamless", "xpra", "desktop"),
        [PROFILE_DISPLAY_CLIPBOARD] = CHOICE("Display", "clipboard", N_("The clipboard between a seamless display and the host's"), TRUE, "ask", "none", CLIPBOARD_WORDS),
        [PROFILE_DISPLAY_PRIMARY] = CHOICE("Display", "primary", N_("The same for the selection that the middle button pastes"), TRUE, "none", "ask", CLIPBOARD_WORDS),
        [PROFILE_DISPLAY_DND] =
                CHOICE("Display", "dnd", N_("The same for drag and drop"), FALSE, "none", "ask", CLIPBOARD_WORDS),
        [PROFILE_DISPLAY_BORDER] = STRING("Display",
                                          "border",
                                          value_read_border,
                                          "auto",
                                          "auto|none|#rrggbb",
                                          N_("The colour around the windows of a seamless display; auto: one of the app's own"),
                                          TRUE),
        [PROFILE_DISPLAY_SIZE] = STRING("Display",
                                        "size",
                                        value_read_screen,
                                        "auto",
                                        "auto|WIDTHxHEIGHT",
                                        N_("The size of a display in a window, in pixels"),
                                        TRUE),
        [PROFILE_DISPLAY_GLX] =
                CHOICE("Display", "glx", N_("Whether an isolated X server offers OpenGL"), TRUE, YES_NO),

        [PROFILE_NETWORK_MODE] = CHOICE("Network", "mode", N_("none: only the box's own loopback; named: names that the rules allow, by TCP; full: all, in this version "
                                           "every public name by TCP; host: the host's own"), TRUE, "none", "named", "full", "host"),
        [PROFILE_NETWORK_ALLOW] = LIST("Network",
                                       "allow",
                                       value_read_network_rule,
                                       TRUE,
                                       "NAME[:PORT,...]|*.NAME|@GROUP",
                                       N_("Names that may be reached; without ports 80 and 443, :* is every port, *.x.org "
                                          "any depth below x.org and not x.org itself"),
                                       TRUE),
        [PROFILE_NETWORK_DENY] = LIST("Network",
                                      "deny",
                                      value_read_network_rule,
                                      TRUE,
                                      "NAME[:PORT,...]|*.NAME|@GROUP",
                                      N_("Names that may not; without ports on none"),
                                      TRUE),
        [PROFILE_NETWORK_ASK] = LIST("Network",
                                     "ask",
                                     value_read_network_ask,
                                     TRUE,
                                     "yes|no|NAME[:PORT,...]|*.NAME|@GROUP",
                                     N_("Names that a person is asked about; yes: every name without a rule"),
                                     TRUE),
        [PROFILE_NETWORK_PRIVATE] = LIST("Network",
                                         "private",
                                         value_read_network_name,
                                         TRUE,
                                         "NAME|*.NAME",
                                         N_("Names that may resolve to private or loopback addresses"),
                                         TRUE),
        [PROFILE_NETWORK_PORTS_IN] = LIST("Network",
                                          "ports-in",
                                          value_read_port_in,
                                          TRUE,
                                          "OUTSIDE[:INSIDE]",
                                          N_("Ports of the host's 127.0.0.1 that lead to the app"),
                                          TRUE),
        [PROFILE_NETWORK_HOST_SERVICE] = LIST("Network",
                                              "host-service",
                                              value_read_host_service,
                                              TRUE,
                                              "NAME:PORT",
                                              N_("A service on the host's 127.0.0.1:PORT, under NAME inside"),
                                              TRUE),
        [PROFILE_NETWORK_BUDGET] = LIST("Network",
                                        "budget",
                                        value_read_budget,
                                        TRUE,
                                        "NAME=SIZE[/s]",
                                        N_("How much may go out to NAME (or *.NAME, or *) in one run, then its connections "
                                           "end; with /s how much may move a second, both ways together"),
                                        TRUE),
        [PROFILE_NETWORK_CREDENTIAL] = LIST("Network",
                                            "credential",
                                            value_read_credential,
                                            TRUE,
                                            "NAME=HOST/PATH:HEADER[ WORD]:SOURCE",
                                            N_("A secret that is added to HTTPS requests to HOST (or HOST:PORT) below PATH, "
                                               "outside the box, as HEADER's value, behind WORD where there is one; SOURCE is "
                                               "env:NAME, file:/PATH or secret:ATTRIBUTE=VALUE; the variable NAME holds a "
                                               "placeholder inside"),
                                            TRUE),

        [PROFILE_NETWORK_CONNECT_PORTS] = LIST("Network",
                                               "connect-ports",
                                               value_read_tcp_port,
                                               TRUE,
                                               "none|PORT",
                                               N_("TCP ports that may be connected to, whatever the mode; without this key all "
                                                  "that the mode allows"),
                                               TRUE),
        [PROFILE_NETWORK_BIND_PORTS] = LIST("Network",
                                            "bind-ports",
                                            value_read_tcp_port,
                                            TRUE,
                                            "none|PORT",
                                            N_("TCP ports that the app may listen on; without this key all"),
                                            TRUE),

        [PROFILE_FILES_HOME] = STRING("Files",
                                      "home",
                                      value_read_home,
                                      "tmp",
                                      "tmp|persistent|PATH",
                                      N_("The home directory inside: empty and forgotten, the app's own and kept, or a "
                                         "directory of the host (${PROFILE_DIR}/... is beside the profile)"),
                                      TRUE),
        [PROFILE_FILES_WORKSPACE] = STRING("Files",
                                           "workspace",
                                           value_read_workspace,
                                           "none",
                                           "none|PATH[:rw|:ro|:overlay|:copy]",
                                           N_("The directory to work in, relative to the caller's; never the home, nor what "
                                              "holds other apps' or Oriel's data"),
                                           TRUE),
        [PROFILE_FILES_PROTECT] = WORD_LIST("Files",
                                            "protect",
                                            WORDS("git", "editor", "agent", "shell", "build", "git:wall", "editor:wall", "agent:wall",
                                                  "shell:wall", "build:wall"),
                                            FALSE,
                                            N_("Classes of files in a workspace by which the host later runs something: those "
                                               "that are there are read-only inside, those that a run makes are set "
                                               "aside at its end; CLASS:wall: all changes are kept apart until then"),
                                            TRUE),
        [PROFILE_FILES_GIT] = CHOICE("Files", "git", N_("What may be done to a workspace's git repository where protect= has git: all but its settings and hooks; nothing; "
                                            "all, apart from it, until oriel apply"), TRUE, "commit", "ro", "isolated"),
        [PROFILE_FILES_PROGRAM] = CHOICE("Files", "program", N_("Show the program's own package directory read-only when it lies in the hidden "
                                            "home"), TRUE, "no", "auto"),
        [PROFILE_FILES_LOGIN] =
                LIST("Files",
                     "login",
                     value_read_persistent,
                     TRUE,
                     "PATH",
                     N_("Files below the home directory that are the same in every workspace of this profile: what the "
                        "program logs in with; all else of a home that is kept belongs to one workspace"),
                     TRUE),
        [PROFILE_FILES_CACHE] = LIST("Files",
                                     "cache",
                                     value_read_path,
                                     TRUE,
                                     "PATH",
                                     N_("Directories of the host that may be read and changed inside and stay as they "
                                        "are, as with overlay; passed over where they are missing, and where two runs "
                                        "have one at a time the second one's changes are forgotten"),
                                     TRUE),
        [PROFILE_FILES_OVERLAY] = LIST("Files",
                                       "overlay",
                                       value_read_path,
                                       TRUE,
                                       "PATH",
                                       N_("Directories of the host that may be changed inside and stay as they are: the "
                                          "changes are kept apart, for this app, and oriel explain APP changes PATH lists "
                                          "them"),
                                       TRUE),
        [PROFILE_FILES_APPIMAGE] =
                LIST("Files",
                     "appimage",
                     value_read_path,
                     TRUE,
                     "PATH",
                     N_("AppImages and squashfs files to show opened, below /run/oriel/appimage; a command that is one "
                        "needs no line"),
                     TRUE),
        [PROFILE_FILES_MASK] = LIST("Files",
                                    "mask",
                                    value_read_path,
                                    TRUE,
                                    "PATH",
                                    N_("Paths to cover with an empty file or directory, where something would show them"),
                                    TRUE),
        [PROFILE_FILES_PRIVATE] = LIST("Files",
                                       "private",
                                       value_read_path,
                                       TRUE,
                                       "PATH",
                                       N_("Paths to hide where only a directory above them is granted, beside those that "
                                          "are hidden so in every profile (keys, passwords, browsers' data); !PATH shows "
                                          "one"),
                                       TRUE),

        [PROFILE_COMPANIONS_BUS] = CHOICE("Companions", "bus", N_("The session bus: filtered by the policies, none, one of the box's own, or the "
                                             "host's as it is"), TRUE, "filter", "none", "inner", "host"),
        [PROFILE_COMPANIONS_SYSTEM_BUS] = CHOICE("Companions", "system-bus", N_("The same for the system bus"), TRUE, "filter", "none", "inner", "host"),
        [PROFILE_COMPANIONS_ACCESSIBILITY] = CHOICE("Companions", "accessibility", N_("Whether screen readers and their like reach the app, by a filter before the accessibility bus; it comes with a filtered session bus"), TRUE, "filter", "none"),
        [PROFILE_COMPANIONS_KEYRING] = CHOICE("Companions", "keyring", N_("Who keeps the app's secrets: a keyring of the app's own on a bus of its own, the secret portal, the login keyring"), TRUE, "none", "private", "portal", "host"),
        [PROFILE_COMPANIONS_WM] = STRING("Companions",
                                         "wm",
                                         value_read_program,
                                         "auto",
                                         "auto|none|PROGRAM",
                                         N_("The window manager of a display in a window"),
                                         TRUE),

        [PROFILE_SECCOMP_PROFILE] = CHOICE("Seccomp", "profile", N_("The list of system calls that are refused"), TRUE, "default", "strict"),
        [PROFILE_SECCOMP_ALLOW] =
                LIST("Seccomp",
                     "allow",
                     value_read_syscall,
                     TRUE,
                     "NAME",
                     N_("System calls to let through beside the profile's; one that a wall thins by is told by explain, "
                        "one that a wall leans on is refused"),
                     TRUE),
        [PROFILE_SECCOMP_DENY] =
                LIST("Seccomp",
                     "deny",
                     value_read_syscall,
                     TRUE,
                     "NAME",
                     N_("System calls to refuse too; wins over allow"),
                     TRUE),
        [PROFILE_SECCOMP_MDWE] = CHOICE("Seccomp", "mdwe", N_("Memory is never writable and executable, nor made executable after it was "
                                           "writable; programs that compile while they run, such as browsers, do not run so"), TRUE, YES_NO),

        [PROFILE_LIMITS_MEMORY] = STRING("Limits",
                                         "memory",
                                         value_read_size,
                                         NULL,
                                         "NUMBER[K|M|G|T]",
                                         N_("Memory of all processes together, where a control group can be made; else what each may "
                                            "write without sharing"),
                                         TRUE),
        [PROFILE_LIMITS_PIDS] =
                STRING("Limits", "pids", value_read_count, NULL, "NUMBER", N_("Processes and threads of the box at one time"), TRUE),
        [PROFILE_LIMITS_CPU] =
                STRING("Limits", "cpu", value_read_cpu, NULL, "NUMBER%", N_("Share of one processor for all processes together, where a control group can be made"), TRUE),
        [PROFILE_LIMITS_FILES] =
                STRING("Limits", "files", value_read_count, NULL, "NUMBER", N_("Open files of a process"), TRUE),
        [PROFILE_LIMITS_DISK] = STRING("Limits",
                                       "disk",
                                       value_read_size,
                                       NULL,
                                       "NUMBER[K|M|G|T]",
                                       N_("Bytes of the largest file that may be written"),
                                       TRUE),
        [PROFILE_LIMITS_TIME] = STRING("Limits",
                                       "time",
                                       value_read_time,
                                       NULL,
                                       "NUMBER[s|m|h]",
                                       N_("How long the app may run; then it is ended"),
                                       TRUE),
        [PROFILE_LIMITS_CORE] = CHOICE("Limits", "core", N_("Whether the memory of a program that crashes may be dumped, to a file or to the host's handler"), TRUE, YES_NO),
};
_Static_assert(G_N_ELEMENTS(key_rows) == _PROFILE_KEY_MAX, "a key has no row");

#define POLICY_FORM "NAME[.*]=none|see|talk|own"
#define RULES_FORM "NAME[.*]=RULE;RULE..."

static char *read_policy(const char *text, ValueFault *ret_fault);

static const MapRow map_rows[] = {
        [PROFILE_MAP_ENVIRONMENT] = { .info = { "Environment", "NAME=VALUE",
                                                N_("Environment variables for the app; an empty value is a value"),
                                                TRUE },
                                      .read_name = value_read_env_name },
        [PROFILE_MAP_SESSION_POLICY] = { .info = { "Session Bus Policy", POLICY_FORM,
                                                   N_("How far a name on the session bus may be reached"), TRUE },
                                         .read_name = value_read_bus_pattern,
                                         .read = read_policy },
        [PROFILE_MAP_SYSTEM_POLICY] = { .info = { "System Bus Policy", POLICY_FORM, N_("The same for the system bus"),
                                                  TRUE },
                                        .read_name = value_read_bus_pattern,
                                        .read = read_policy },
        [PROFILE_MAP_ACCESSIBILITY_POLICY] = { .info = { "Accessibility Bus Policy", POLICY_FORM,
                                                         N_("The same for the accessibility bus"), TRUE },
                                               .read_name = value_read_bus_pattern,
                                               .read = read_policy },
        [PROFILE_MAP_SESSION_RULES] = { .info = { "Session Bus Rules", RULES_FORM,
                                                  N_("What may be said to a name; for one name a Rule wins over a "
                                                     "Policy"),
                                                  TRUE },
                                        .read_name = value_read_bus_pattern,
                                        .read = value_read_bus_rule,
                                        .is_list = TRUE },
        [PROFILE_MAP_SYSTEM_RULES] = { .info = { "System Bus Rules", RULES_FORM, N_("The same for the system bus"),
                                                 TRUE },
                                       .read_name = value_read_bus_pattern,
                                       .read = value_read_bus_rule,
                                       .is_list = TRUE },
        [PROFILE_MAP_OTHER] = { .info = { NULL, "KEY=VALUE",
                                          N_("Groups of Flatpak's or of other programs that Oriel keeps and does not "
                                             "read"),
                                          FALSE } },
        [PROFILE_MAP_BOX] = { .info = { NULL, "KEY=VALUE", N_("A box of the profile's own tree"), TRUE } },
};
_Static_assert(G_N_ELEMENTS(map_rows) == _PROFILE_MAP_MAX, "a map has no row");

const KeyRow *key_row(ProfileKey key)
{
        return &key_rows[key];
}

const MapRow *map_row(ProfileMap map)
{
        return &map_rows[map];
}

const ProfileKeyInfo *profile_key_info(ProfileKey key)
{
        return &key_rows[key].info;
}

const ProfileMapInfo *profile_map_info(ProfileMap map)
{
        return &map_rows[map].info;
}

const ProfileKeyInfo *profile_key_lookup(const char *group, const char *key)
{
        for (gsize i = 0; i < G_N_ELEMENTS(key_rows); i++)
                if (g_str_equal(key_rows[i].info.group, group) && g_str_equal(key_rows[i].info.key, key))
                        return &key_rows[i].info;
        return NULL;
}

static char *read_policy(const char *text, ValueFault *ret_fault)
{
        static const char *const words[] = { "none", "see", "talk", "own", NULL };

        return value_read_word(text, words, ret_fault);
}

gboolean group_is_other(const char *group)
{
        static const char *const names[] = { "Runtime", "Instance", "ExtensionOf", "Extra Data", "Build", NULL };

        return g_strv_contains(names, group) || g_str_has_prefix(group, "Policy ") ||
               g_str_has_prefix(group, "Extension ") || g_str_has_prefix(group, "X-");
}

const char **group_names(void)
{
        g_autoptr(GPtrArray) names = g_ptr_array_new();

        for (gsize i = 0; i < G_N_ELEMENTS(key_rows); i++)
                if (i == 0 || !g_str_equal(key_rows[i].info.group, key_rows[i - 1].info.group))
                        g_ptr_array_add(names, (gpointer)key_rows[i].info.group);
        for (gsize i = 0; i < PROFILE_MAP_OTHER; i++)
                g_ptr_array_add(names, (gpointer)map_rows[i].info.group);
        g_ptr_array_add(names, NULL);
        return (const char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

const char **group_keys(const char *group)
{
        g_autoptr(GPtrArray) keys = g_ptr_array_new();

        for (gsize i = 0; i < G_N_ELEMENTS(key_rows); i++)
                if (g_str_equal(key_rows[i].info.group, group))
                        g_ptr_array_add(keys, (gpointer)key_rows[i].info.key);
        g_ptr_array_add(keys, NULL);
        return (const char **)g_ptr_array_free(g_steal_pointer(&keys), FALSE);
}
