/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolagentd, also named poolagent: the daemon of a host (serve), and what a client runs over SSH to reach it (connect, data). */
#include "agent/bridge.h"
#include "agent/network_changer.h"
#include "agent/serve.h"
#include "agent/user_mode.h"
#include "protocol/rpc.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: poolagentd serve [--config FILE] [--socket PATH] [--idle-exit SECONDS] | --user\n"
    "       poolagent connect [--socket PATH] | --user\n"
    "       poolagent data TICKET [--socket PATH]\n"
    "       poolagentd --version | --help\n"
    "\n"
    "serve    runs the agent in the foreground: PoolCenter's side of a virtualization host\n"
    "connect  carries a control connection between standard input/output and the agent's socket\n"
    "data     carries a data connection the same way\n"
    "--user   an agent that is not installed, for this user and qemu:///session: connect starts it, it ends after the last connection\n"
    "\n"
    "FILE is " CONFIG_DEFAULT_FILE " by default, PATH what it says (" CONFIG_DEFAULT_SOCKET ").\n";

typedef struct Options {
    const char *config;
    const char *socket;
    long idle_exit; /* -1: as configured */
    bool user;
    const char *ticket;
} Options;

static int fail(const char *text)
{
    fprintf(stderr, "poolagentd: %s\n", text);
    return 2;
}

static bool parse_seconds(const char *text, long *ret)
{
    char *end = NULL;
    errno = 0;
    *ret = strtol(text, &end, 10);
    return !errno && end != text && !*end && *ret >= 0 && *ret <= 1000000;
}

static bool parse_options(int argc, char **argv, Options *options)
{
    static const struct option known[] = {
        { "config", required_argument, NULL, 'c' },
        { "socket", required_argument, NULL, 's' },
        { "idle-exit", required_argument, NULL, 'i' },
        { "user", no_argument, NULL, 'u' },
        { NULL, 0, NULL, 0 },
    };
    *options = (Options){ .idle_exit = -1 };
    for (int got; (got = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (got == 'c')
            options->config = optarg;
        else if (got == 's')
            options->socket = optarg;
        else if (got == 'u')
            options->user = true;
        else if (got != 'i' || !parse_seconds(optarg, &options->idle_exit))
            return false;
    }
    if (optind < argc)
        options->ticket = argv[optind++];
    return optind == argc && !(options->user && (options->config || options->socket || options->ticket));
}

static int load(const Options *options, Config *config, Error *err)
{
    const char *file = options->config ? options->config : CONFIG_DEFAULT_FILE;
    int code = options->user ? user_mode_config(config, err) : config_load(file, options->config != NULL, config, err);
    if (code < 0)
        return code;
    if (options->socket) {
        free(config->socket);
        config->socket = x_strdup(options->socket);
    }
    if (options->idle_exit >= 0)
        config->idle_exit = options->idle_exit;
    return 0;
}

static int run_serve(const Options *options)
{
    AUTO(error_clear) Error err = { 0 };
    Config config;
    if (options->ticket)
        return fail("serve takes no further words; try --help");
    if (load(options, &config, &err) < 0 || serve(&config, &err) < 0) {
        fprintf(stderr, "poolagentd: %s\n", err.message);
        return 1;
    }
    return 0;
}

/* A configuration that a plain user may not read does not keep the client out: the default socket is used then. */
static int run_bridge(const Options *options)
{
    AUTO(error_clear) Error err = { 0 };
    Config config = { 0 };
    int code = load(options, &config, &err);
    if (code < 0 && options->config)
        return fail(err.message);
    const char *path = options->socket ? options->socket : config.socket ? config.socket : CONFIG_DEFAULT_SOCKET;
    signal(SIGPIPE, SIG_IGN);
    if (code == 0 && options->user)
        code = user_mode_start(&config, &err);
    if (code == 0 || !options->user)
        code = bridge_stdio(path, options->ticket, &err);
    if (code < 0) {
        ErrorInfo info;
        error_to_info(&err, &info);
        AUTO_FREE char *line = rpc_opening_line(RPC_REFUSED, ErrorInfo_encode(&info));
        ErrorInfo_clear(&info);
        fputs(line, stdout); /* where the client listens */
        fprintf(stderr, "poolagent: %s\n", err.message);
    }
    config_clear(&config);
    return code < 0 ? 1 : 0;
}

/* The agent calls it so: network-change FOLDER [--undo] [--detach]. */
static int run_network_change(int argc, char **argv)
{
    bool undo = false;
    bool detach = false;
    for (int i = 3; i < argc; i++) {
        undo = undo || str_equal(argv[i], "--undo");
        detach = detach || str_equal(argv[i], "--detach");
    }
    if (argc < 3)
        return fail("network-change needs the folder of the change");
    return detach ? network_changer_detached(argv[2], undo) : network_changer(argv[2], undo);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "--help";
    if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0)
        return fputs(usage, stdout) < 0;
    if (strcmp(word, "--version") == 0)
        return printf("poolagentd %s, contract %d\n", POOLCENTER_VERSION, PROTOCOL_VERSION) < 0;
    if (str_equal(word, NETWORK_CHANGE_WORD))
        return run_network_change(argc, argv);
    Options options;
    if (!parse_options(argc - 1, argv + 1, &options))
        return fail("an option is not understood; try --help");
    if (strcmp(word, "serve") == 0)
        return run_serve(&options);
    if (strcmp(word, "connect") == 0 && !options.ticket)
        return run_bridge(&options);
    if (strcmp(word, "data") == 0 && options.ticket)
        return run_bridge(&options);
    return fail("the command is not understood; try --help");
}
