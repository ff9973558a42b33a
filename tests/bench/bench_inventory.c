/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connects to all servers of a settings folder through the client's core and prints, as JSON lines: the seconds from the first connect until every
 * inventory is there, with the number of VMs and this process's memory; then the milliseconds each of COUNT changes took from the host (which
 * writes the time of sending into the VM's description) to the model.
 * bench_inventory FOLDER COUNT
 */
#include "client/core/core.h"

#include "client/core/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Bench {
    Core *core;
    int wanted;
    int seen;
} Bench;

static size_t online(const Core *core, size_t *ret_vms)
{
    size_t count = 0;
    *ret_vms = 0;
    for (size_t i = 0; i < core_server_count(core); i++) {
        count += server_online(core_server_at(core, i));
        *ret_vms += model_vm_count(server_model(core_server_at(core, i)));
    }
    return count;
}

/* Resident memory in KiB, 0 where the system does not tell it this way. */
static long resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * 4;
}

/* The description ends in the microseconds of the monotonic clock, which this process shares with the simulated host, when it was sent. */
static void inventory_changed(void *context, Server *server, const ChangeList *changes)
{
    Bench *bench = context;
    for (size_t i = 0; i < changes->count; i++) {
        const VmInfo *vm = changes->items[i].object == OBJECT_VM ? model_vm(server_model(server), changes->items[i].id) : NULL;
        if (!vm || strncmp(str_or_empty(vm->description), "sent ", 5) != 0)
            continue;
        int64_t sent = strtoll(vm->description + 5, NULL, 10);
        printf("{\"latency_ms\": %.3f}\n", (double)(port_monotonic_us() - sent) / 1000.0);
        bench->seen++;
    }
}

static void accept_nothing(void *context, Server *server, const Prompt *prompt)
{
    (void)context, (void)prompt;
    prompt_reject(server);
}

static int run(Bench *bench)
{
    size_t vms = 0;
    int64_t start = port_monotonic_us();
    for (size_t i = 0; i < core_server_count(bench->core); i++)
        server_connect(core_server_at(bench->core, i), NULL, NULL);
    while (online(bench->core, &vms) < core_server_count(bench->core)) {
        if (port_monotonic_us() - start > 120000000)
            return 1;
        core_wait(bench->core, 20);
    }
    double seconds = (double)(port_monotonic_us() - start) / 1e6;
    printf("{\"seconds\": %.6f, \"finished\": %.6f, \"vms\": %zu, \"resident_kb\": %ld}\n", seconds, (double)port_now_ms() / 1000.0, vms, resident());
    fflush(stdout);
    int64_t end = port_monotonic_ms() + 60000;
    while (bench->seen < bench->wanted && port_monotonic_ms() < end)
        core_wait(bench->core, 20);
    return bench->seen < bench->wanted;
}

int main(int argc, char **argv)
{
    AUTO(error_clear) Error error = { 0 };
    Bench bench = { .wanted = argc == 3 ? atoi(argv[2]) : 0 };
    if (argc != 3 || !(bench.core = core_create(argv[1], NULL, NULL, &error)))
        return 2;
    CoreListener listener = { .prompt = accept_nothing, .inventory_changed = inventory_changed };
    core_set_listener(bench.core, &listener, &bench);
    int rc = run(&bench);
    core_free(bench.core);
    return rc;
}
