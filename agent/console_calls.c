/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm.open_console: the VM's screen as a raw RFB stream over a data connection. libvirt hands out a socket to the VM's own VNC server, so that none listens on the network. */
#include "agent/bridge.h"
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/tickets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Console {
    virDomainPtr domain;
    char *name;
} Console;

static void console_free(void *context)
{
    Console *console = context;
    if (console->domain)
        virDomainFree(console->domain);
    free(console->name);
    free(console);
}

static void send_line(int fd, char *line)
{
    ssize_t sent = send(fd, line, strlen(line), MSG_NOSIGNAL);
    (void)sent; /* a client that is gone shows in the bridge */
    free(line);
}

static void refuse(int fd, const char *name)
{
    AUTO(error_clear) Error err = { 0 };
    AUTO_FREE char *text = virt_error_text();
    ErrorInfo info;
    error_set(&err, ERR_VM_NO_CONSOLE, name, "%s", text);
    error_to_info(&err, &info);
    send_line(fd, rpc_opening_line(RPC_REFUSED, ErrorInfo_encode(&info)));
    ErrorInfo_clear(&info);
}

static void serve(void *context, int fd, const char *rest, size_t rest_length)
{
    Console *console = context;
    int screen = virDomainOpenGraphicsFD(console->domain, 0, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH);
    if (screen < 0) {
        refuse(fd, console->name);
    } else {
        DataReady ready = { 0 };
        send_line(fd, rpc_opening_line(RPC_READY, DataReady_encode(&ready)));
        if (!rest_length || send(screen, rest, rest_length, MSG_NOSIGNAL) == (ssize_t)rest_length)
            bridge_run(fd, fd, screen, screen);
        close(screen);
    }
    close(fd);
    console_free(console);
}

static int check(const VmInfo *vm, Error *err)
{
    if (vm->state != VM_STATE_RUNNING && vm->state != VM_STATE_PAUSED && vm->state != VM_STATE_SHUTTING_DOWN)
        return error_set(err, ERR_VM_WRONG_STATE, vm->name, "%s", VmState_name(vm->state));
    return vm->console ? 0 : error_set(err, ERR_VM_NO_CONSOLE, vm->name, "its definition has no VNC display");
}

int handle_vm_open_console(Request *request, const VmRef *params, Ticket *ret, Error *err)
{
    VmInfo vm;
    int owner = 0;
    Console *console = x_calloc(1, sizeof *console);
    int code = drivers_vm(request->agent->drivers, params->vm, &console->domain, &owner, err);
    if (code == 0) {
        drivers_refresh_vm(request->agent->drivers, owner, params->vm);
        if (inventory_get_vm(request->agent->inventory, params->vm, &vm, NULL)) {
            console->name = x_strdup(vm.name);
            request_object(request, params->vm, vm.name);
            code = check(&vm, err);
            VmInfo_clear(&vm);
        } else {
            code = error_set(err, ERR_VM_NOT_FOUND, params->vm, NULL);
        }
    }
    if (code == 0) {
        Stream stream = { serve, console_free, console };
        code = tickets_issue(request->agent->tickets, request->identity->uid, &stream, &ret->ticket, err);
    }
    if (code < 0)
        console_free(console);
    return code;
}
