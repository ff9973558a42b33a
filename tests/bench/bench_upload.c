/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Uploads one file several times through the client's core, as the window does, and prints a JSON line per upload with the seconds it took: from the
 * user's decision to the file having its name on the host, its own SSH connection included.
 * bench_upload FOLDER HOST PORT USER KEY_FILE DATASTORE FILE TIMES; the host's key must be known in FOLDER/known_hosts or is accepted.
 */
#include "client/core/core.h"

#include "client/core/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void accept_prompt(void *context, Server *server, const Prompt *prompt)
{
    (void)context;
    if (prompt->kind == PROMPT_HOST_KEY)
        prompt_accept(server, NULL, 0);
    else
        prompt_reject(server);
}

static int fail(const char *doing, const Error *error)
{
    AUTO_FREE char *sentence = error ? text_error(error) : x_strdup("");
    fprintf(stderr, "%s: %s\n", doing, sentence);
    return 1;
}

static const DatastoreInfo *find_datastore(const Server *server, const char *name)
{
    const Model *model = server_model(server);
    for (size_t i = 0; i < model_datastore_count(model); i++)
        if (str_equal(model_datastore_at(model, i)->name, name))
            return model_datastore_at(model, i);
    return NULL;
}

static int upload_once(Core *core, Server *server, const char *datastore, const char *path)
{
    AUTO(error_clear) Error error = { 0 };
    int64_t start = port_monotonic_us();
    Upload *upload = upload_start(server, datastore, path, "bench.iso", true, &error);
    if (!upload)
        return fail("upload", &error);
    while (upload_state(upload) != UPLOAD_DONE && upload_state(upload) != UPLOAD_FAILED)
        core_wait(core, 100);
    if (upload_state(upload) == UPLOAD_FAILED)
        return fail("upload", upload_error(upload));
    double seconds = (double)(port_monotonic_us() - start) / 1e6;
    printf("{\"seconds\": %.6f, \"bytes\": %lld, \"sha256\": \"%s\"}\n", seconds, (long long)upload_size(upload), upload_sha256(upload));
    fflush(stdout);
    upload_dismiss(upload);
    return 0;
}

static int run(Core *core, char **arguments)
{
    ServerConfig config = { .host = arguments[2], .port = atoi(arguments[3]), .user = arguments[4], .auth = AUTH_KEY_FILE, .key_file = arguments[5] };
    Server *server = core_add_server(core, &config);
    server_connect(server, NULL, NULL);
    while (!server_online(server) && !(server_state(server) == SERVER_OFFLINE && server_error(server)))
        core_wait(core, 100);
    if (!server_online(server))
        return fail("connect", server_error(server));
    const DatastoreInfo *datastore = NULL;
    for (int64_t end = port_monotonic_ms() + 10000; !(datastore = find_datastore(server, arguments[6])) && port_monotonic_ms() < end;)
        core_wait(core, 100); /* an agent that was just started may still be reading */
    if (!datastore)
        return fail("no such datastore", NULL);
    AUTO_FREE char *id = x_strdup(datastore->id);
    int rc = 0;
    for (int i = atoi(arguments[8]); i > 0 && rc == 0; i--)
        rc = upload_once(core, server, id, arguments[7]);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 9)
        return fail("nine words are needed", NULL);
    AUTO(error_clear) Error error = { 0 };
    Core *core = core_create(argv[1], NULL, NULL, &error);
    if (!core)
        return fail("core", &error);
    CoreListener listener = { .prompt = accept_prompt };
    core_set_listener(core, &listener, NULL);
    int rc = run(core, argv);
    core_free(core);
    return rc;
}
