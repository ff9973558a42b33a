/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First start by options: see seed_options.h. Passwords come from files, so that no list of processes shows them. */
#include "client/cli/seed_options.h"

#include "client/core/port.h"

#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX = 1024 };

static int read_file(Cli *cli, const char *name, size_t limit, char **ret)
{
    size_t size = 0;
    AUTO(error_clear) Error error = { 0 };
    return port_read_whole(name, limit, ret, &size, &error) < 0 ? cli_fail(cli, &error) : EXIT_OK;
}

int cli_read_secret(Cli *cli, const char *name, char **ret)
{
    int status = read_file(cli, name, SECRET_MAX, ret);
    if (status == EXIT_OK)
        (*ret)[strcspn(*ret, "\r\n")] = 0;
    return status;
}

/* ---------------------------------------------------------------- cloud-init */

/* A file of keys has one a line, as authorized_keys has. */
static int add_keys(Cli *cli, const char *name, StrList *ret)
{
    AUTO_FREE char *text = NULL;
    int status = read_file(cli, name, 64 << 10, &text);
    for (char *line = text; status == EXIT_OK && line && *line;) {
        size_t length = strcspn(line, "\r\n");
        char *next = line + length + strspn(line + length, "\r\n");
        line[length] = 0;
        if (*line && *line != '#')
            StrList_add(ret, line);
        line = next;
    }
    return status;
}

static void add_all(const Args *args, const char *option, StrList *ret)
{
    for (size_t i = 0; i < args_count(args, option); i++)
        StrList_add(ret, args_at(args, option, i));
}

static CloudNetwork *network_of(const Args *args)
{
    CloudNetwork network = { 0 };
    add_all(args, "--address", &network.addresses);
    add_all(args, "--dns", &network.dns);
    for (size_t i = 0; i < args_count(args, "--gateway"); i++) {
        const char *gateway = args_at(args, "--gateway", i);
        char **field = strchr(gateway, ':') ? &network.gateway6 : &network.gateway;
        free(*field);
        *field = x_strdup(gateway);
    }
    if (!network.addresses.count && !network.dns.count && !network.gateway && !network.gateway6)
        return NULL;
    return x_memdup(&network, 1, sizeof network);
}

static bool has_cloud(const Args *args)
{
    static const char *const options[] = { "--cloud-user", "--cloud-password-file", "--ssh-key", "--sudo", "--ssh-password", "--hostname", "--address", "--gateway", "--dns",
                                           "--package", "--timezone", "--locale", "--user-data" };
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        if (args_has(args, options[i]))
            return true;
    return false;
}

static int cloud_of(Cli *cli, const Args *args, CloudInit *ret)
{
    *ret = (CloudInit){
        .user = x_strdup(args_text(args, "--cloud-user")),
        .hostname = x_strdup(args_text(args, "--hostname")),
        .timezone = x_strdup(args_text(args, "--timezone")),
        .locale = x_strdup(args_text(args, "--locale")),
        .sudo = args_has(args, "--sudo"),
        .ssh_password = args_has(args, "--ssh-password"),
        .network = network_of(args),
    };
    add_all(args, "--package", &ret->packages);
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < args_count(args, "--ssh-key"); i++)
        status = add_keys(cli, args_at(args, "--ssh-key", i), &ret->ssh_keys);
    if (status == EXIT_OK && args_has(args, "--cloud-password-file"))
        status = cli_read_secret(cli, args_text(args, "--cloud-password-file"), &ret->password);
    if (status == EXIT_OK && args_has(args, "--user-data"))
        status = read_file(cli, args_text(args, "--user-data"), LIMIT_NOTES, &ret->user_data);
    return status;
}

/* ---------------------------------------------------------------- Windows */

static int not_an_answer(Cli *cli, const char *word) { return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NOT_AN_ANSWER, word, NULL)); }

static int set_drivers(Cli *cli, Server *server, const char *value, WindowsAnswers *ret)
{
    DatastoreTarget target;
    const char *file = NULL;
    int status = find_volume(cli, server, value, false, &target, &file);
    if (status != EXIT_OK)
        return status;
    ret->drivers_datastore = x_strdup(target.datastore->id);
    ret->drivers_volume = x_strdup(file);
    return EXIT_OK;
}

/* "edition=Windows 11 Pro" */
static int set_answer(Cli *cli, Server *server, const char *word, WindowsAnswers *ret)
{
    struct { const char *name; char **field; } texts[] = {
        { "edition", &ret->edition },     { "product-key", &ret->product_key },     { "language", &ret->language }, { "locale", &ret->locale },
        { "keyboard", &ret->keyboard },   { "time-zone", &ret->time_zone },         { "user", &ret->user },         { "computer-name", &ret->computer_name },
        { "owner", &ret->owner },         { "organization", &ret->organization },
    };
    struct { const char *name; char **field; } secrets[] = { { "password-file", &ret->password }, { "user-password-file", &ret->user_password } };
    const char *value = strchr(word, '=');
    AUTO_FREE char *name = value ? x_strndup(word, (size_t)(value - word)) : NULL;
    if (!name || !*++value)
        return not_an_answer(cli, word);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (str_equal(name, texts[i].name)) {
            free(*texts[i].field);
            *texts[i].field = x_strdup(value);
            return EXIT_OK;
        }
    for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
        if (str_equal(name, secrets[i].name)) {
            x_free_secret(TAKE_PTR(*secrets[i].field));
            return cli_read_secret(cli, value, secrets[i].field);
        }
    if (str_equal(name, "edition-index"))
        return (ret->edition_index = atoi(value)) > 0 ? EXIT_OK : not_an_answer(cli, word);
    return str_equal(name, "drivers") ? set_drivers(cli, server, value, ret) : not_an_answer(cli, word);
}

static int answers_of(Cli *cli, Server *server, const Args *args, WindowsAnswers *ret)
{
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < args_count(args, "--answer"); i++)
        status = set_answer(cli, server, args_at(args, "--answer", i), ret);
    return status;
}

/* ---------------------------------------------------------------- both */

void seed_free(VmSeed *seed)
{
    if (seed)
        VmSeed_clear(seed);
    free(seed);
}

int seed_from_options(Cli *cli, Server *server, const Args *args, VmSeed **ret)
{
    bool cloud = has_cloud(args);
    bool windows = args_has(args, "--answer");
    if (cloud && windows)
        return cli_refuse(cli, EXIT_USAGE, 0, x_strdup(text(TEXT_CLI_CLOUD_OR_WINDOWS)));
    if (!cloud && !windows)
        return EXIT_OK;
    VmSeed *seed = x_calloc(1, sizeof *seed);
    seed->remove = args_has(args, "--remove-seed");
    int status = EXIT_OK;
    if (cloud) {
        seed->cloud_init = x_calloc(1, sizeof *seed->cloud_init);
        status = cloud_of(cli, args, seed->cloud_init);
    } else {
        seed->windows = x_calloc(1, sizeof *seed->windows);
        status = answers_of(cli, server, args, seed->windows);
    }
    if (status == EXIT_OK)
        *ret = seed;
    else
        seed_free(seed);
    return status;
}
