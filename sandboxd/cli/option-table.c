/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options, as data.  Words that Flatpak's `run` has are Flatpak's; a value is what the profile's key takes. */

#include "base/i18n.h"
#include "cli/option.h"

const Option option_profile_table[] = {
        { "filesystem", OPTION_KEY, PROFILE_CONTEXT_FILESYSTEMS, NULL, N_("PATH[:ro]"), N_("show this path inside") },
        { "nofilesystem", OPTION_KEY_NOT, PROFILE_CONTEXT_FILESYSTEMS, NULL, N_("PATH"), N_("take it away again") },
        { "socket", OPTION_KEY, PROFILE_CONTEXT_SOCKETS, NULL, N_("SOCKET"), N_("give a socket of the session") },
        { "nosocket", OPTION_KEY_NOT, PROFILE_CONTEXT_SOCKETS, NULL, N_("SOCKET"), N_("take it away again") },
        { "share", OPTION_KEY, PROFILE_CONTEXT_SHARED, NULL, N_("SUBSYSTEM"), N_("share network or ipc") },
        { "unshare", OPTION_KEY_NOT, PROFILE_CONTEXT_SHARED, NULL, N_("SUBSYSTEM"), N_("do not share it") },
        { "device", OPTION_KEY, PROFILE_CONTEXT_DEVICES, NULL, N_("DEVICE"), N_("give a class of devices") },
        { "nodevice", OPTION_KEY_NOT, PROFILE_CONTEXT_DEVICES, NULL, N_("DEVICE"), N_("take it away again") },
        { "talk-name", OPTION_MAP_FIXED, PROFILE_MAP_SESSION_POLICY, "talk", N_("NAME"),
          N_("talk to this name of the session bus") },
        { "own-name", OPTION_MAP_FIXED, PROFILE_MAP_SESSION_POLICY, "own", N_("NAME"),
          N_("own this name of the session bus") },
        { "no-talk-name", OPTION_MAP_FIXED, PROFILE_MAP_SESSION_POLICY, "none", N_("NAME"), N_("take it away again") },
        { "system-talk-name", OPTION_MAP_FIXED, PROFILE_MAP_SYSTEM_POLICY, "talk", N_("NAME"),
          N_("talk to this name of the system bus") },
        { "system-own-name", OPTION_MAP_FIXED, PROFILE_MAP_SYSTEM_POLICY, "own", N_("NAME"),
          N_("own this name of the system bus") },
        { "system-no-talk-name", OPTION_MAP_FIXED, PROFILE_MAP_SYSTEM_POLICY, "none", N_("NAME"),
          N_("take it away again") },
        { "env", OPTION_MAP_PAIR, PROFILE_MAP_ENVIRONMENT, NULL, N_("NAME=VALUE"), N_("set a variable inside") },
        { "unset-env", OPTION_KEY, PROFILE_CONTEXT_UNSET_ENVIRONMENT, NULL, N_("NAME"), N_("unset a variable inside") },
        { "persist", OPTION_KEY, PROFILE_CONTEXT_PERSISTENT, NULL, N_("PATH"),
          N_("keep this path of the home inside") },
        { "command", OPTION_KEY, PROFILE_APPLICATION_COMMAND, NULL, N_("PROGRAM"),
          N_("start this program instead of the profile's") },
        { "display", OPTION_KEY, PROFILE_DISPLAY_MODE, NULL, N_("MODE"), N_("which display the app gets") },
        { "net", OPTION_KEY, PROFILE_NETWORK_MODE, NULL, N_("MODE"), N_("which network the app gets") },
        { "bus", OPTION_KEY, PROFILE_COMPANIONS_BUS, NULL, N_("MODE"), N_("which session bus the app gets") },
        { "workspace", OPTION_KEY, PROFILE_FILES_WORKSPACE, NULL, N_("PATH[:MODE]"),
          N_("the project directory, and how it is shown") },
        { "home", OPTION_KEY, PROFILE_FILES_HOME, NULL, N_("HOME"), N_("tmp, persistent, or paths of the host") },
        { "allow-host", OPTION_KEY, PROFILE_NETWORK_ALLOW, NULL, N_("HOST[:PORT]"), N_("allow this host") },
        { "allow-private", OPTION_KEY, PROFILE_NETWORK_PRIVATE, NULL, N_("HOST"),
          N_("a name that may have a private address") },
        { "host-service", OPTION_KEY, PROFILE_NETWORK_HOST_SERVICE, NULL, N_("NAME:PORT"),
          N_("show 127.0.0.1:PORT of the host under NAME") },
        { "net-budget", OPTION_KEY, PROFILE_NETWORK_BUDGET, NULL, N_("NAME=SIZE[/s]"),
          N_("how much may go out to a name, or move a second") },
        { "port-in", OPTION_KEY, PROFILE_NETWORK_PORTS_IN, NULL, N_("OUTSIDE[:INSIDE]"),
          N_("show a port of the app on 127.0.0.1 of the host") },
        { "tree", OPTION_KEY, PROFILE_ORIEL_TREE, NULL, N_("TREE"), N_("the tree of boxes") },
        { "nested", OPTION_KEY, PROFILE_ORIEL_NESTED, NULL, N_("WORD"), N_("user namespaces inside") },
        { 0 },
};

const Option option_run_table[] = {
        { "profile", OPTION_TEXT, OPTION_PROFILE, NULL, N_("PROFILE"), N_("a name, or a path that holds a /") },
        { "cwd", OPTION_TEXT, OPTION_CWD, NULL, N_("PATH"), N_("start in this directory inside") },
        { "instance", OPTION_TEXT, OPTION_INSTANCE, NULL, N_("NAME"), N_("an instance with data of its own") },
        { "new-instance", OPTION_FLAG, OPTION_NEW_INSTANCE, NULL, NULL, N_("one more instance of a single app") },
        { "no-daemon", OPTION_FLAG, OPTION_NO_DAEMON, NULL, NULL, N_("without the session manager") },
        { "ask", OPTION_FLAG, OPTION_ASK, "yes", NULL, N_("ask the person what the profile leaves open") },
        { "no-ask", OPTION_FLAG, OPTION_ASK, "no", NULL, N_("deny what would be asked") },
        { "wait", OPTION_FLAG, OPTION_WAIT, "yes", NULL, N_("wait for the app's end (the default)") },
        { "no-wait", OPTION_FLAG, OPTION_WAIT, "no", NULL, N_("no terminal, and return once the app runs") },
        { "intro", OPTION_FLAG, OPTION_INTRO, NULL, NULL, N_("say first, in four lines, what the box can do") },
        { "verbose", OPTION_FLAG, OPTION_VERBOSE, NULL, NULL, N_("say what is done") },
        { 0 },
};

const Option option_explain_table[] = {
        { "origin", OPTION_FLAG, OPTION_ORIGIN, NULL, NULL, N_("every value of the profile, and where it comes from") },
        { "tree", OPTION_FLAG, OPTION_DRAW, NULL, NULL, N_("only the tree of boxes (--tree=TREE chooses another)") },
        { "json", OPTION_FLAG, OPTION_JSON, NULL, NULL, N_("the plan as JSON") },
        { "print-facts", OPTION_FLAG, OPTION_PRINT_FACTS, NULL, NULL, N_("what the plan knows of this host") },
        { "facts", OPTION_TEXT, OPTION_FACTS, NULL, N_("FILE"), N_("plan for the host that FILE describes") },
        { 0 },
};

const Option option_json_table[] = {
        { "json", OPTION_FLAG, OPTION_JSON, NULL, NULL, N_("as JSON") },
        { 0 },
};

const Option option_ps_table[] = {
        { "watch", OPTION_FLAG, OPTION_WATCH, NULL, NULL, N_("print again whenever something changes") },
        { "quiet", OPTION_FLAG, OPTION_QUIET, NULL, NULL, N_("only the ids") },
        { 0 },
};

const Option option_learn_table[] = {
        { "write", OPTION_FLAG, OPTION_WRITE, NULL, NULL, N_("put the lines into the app's override") },
        { "from", OPTION_TEXT, OPTION_FROM, NULL, N_("ID"), N_("learn from that run's log, and run nothing") },
        { 0 },
};

const Option option_log_table[] = {
        { "follow", OPTION_FLAG, OPTION_FOLLOW, NULL, NULL, N_("go on with what is added") },
        { "denied", OPTION_FLAG, OPTION_DENIED, NULL, NULL, N_("only what was denied") },
        { "egress", OPTION_FLAG, OPTION_EGRESS, NULL, NULL, N_("how much went out, to which name") },
        { "bus", OPTION_FLAG, OPTION_ONLY_BUS, NULL, NULL, N_("only D-Bus") },
        { 0 },
};

const Option option_ask_table[] = {
        { "scope", OPTION_TEXT, OPTION_SCOPE, NULL, N_("SCOPE"), N_("once, session, always or never") },
        { 0 },
};

const Option option_diff_table[] = {
        { "stat", OPTION_FLAG, OPTION_STAT, NULL, NULL, N_("one line for each change, and the sum") },
        { 0 },
};

const Option option_apply_table[] = {
        { "overwrite", OPTION_FLAG, OPTION_OVERWRITE, NULL, NULL, N_("also over what was changed outside meanwhile") },
        { 0 },
};

const Option option_settle_table[] = {
        { "ask", OPTION_FLAG, OPTION_ASK, "yes", NULL, N_("on a terminal: ask what is to become of it") },
        { 0 },
};

const Option option_profile_verb_table[] = {
        { "names", OPTION_FLAG, OPTION_NAMES, NULL, NULL, N_("only the names that `oriel run` takes") },
        { 0 },
};

const Option option_common_table[] = {
        { "help", OPTION_FLAG, OPTION_HELP, NULL, NULL, N_("this text") },
        { 0 },
};
