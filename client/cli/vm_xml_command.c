/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl vm: xml, set-xml, guest; host: devices, capabilities. What is asked of the agent and printed, or sent, as it is. */
#include "client/cli/action.h"
#include "client/cli/reading.h"
#include "client/cli/settings.h"

#include "client/core/port.h"

#include <stdlib.h>
#include <string.h>

READ_CALL(vm_get_xml, VmXmlParams, VmXml)
READ_CALL(vm_guest_info, VmRef, GuestInfo)
READ_CALL(host_devices, HostDevicesParams, HostDeviceTable)
READ_CALL(host_capabilities, CapabilitiesParams, GuestCapabilities)

/* ---- descriptions */

int vm_xml_command(Cli *cli, const Args *args)
{
    VmTarget target;
    VmXml answer;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    VmXmlParams params = { .vm = target.vm->id, .active = args_has(args, "--active") };
    status = read_vm_get_xml(cli, target.server, &params, &answer);
    if (status != EXIT_OK)
        return status;
    if (args_has(args, "--revision")) {
        AUTO_FREE char *line = x_printf("%s\n", answer.revision);
        output_bytes(&cli->output, line, strlen(line));
        VmXml_clear(&answer);
        return EXIT_OK;
    }
    if (cli->output.terminal) {
        for (char *p = answer.xml; *p; p++)
            *p = (unsigned char)*p < 0x20 && *p != '\n' ? ' ' : *p;
    }
    output_bytes(&cli->output, answer.xml, strlen(answer.xml));
    VmXml_clear(&answer);
    return EXIT_OK;
}

static int read_file(Cli *cli, const char *name, char **ret)
{
    size_t size = 0;
    AUTO(error_clear) Error error = { 0 };
    return port_read_whole(name, LIMIT_XML, ret, &size, &error) < 0 ? cli_fail(cli, &error) : EXIT_OK;
}

int vm_set_xml_command(Cli *cli, const Args *args)
{
    VmTarget target;
    AUTO_FREE char *xml = NULL;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status == EXIT_OK)
        status = read_file(cli, args_text(args, "FILE"), &xml);
    if (status != EXIT_OK)
        return status;
    AUTO_FREE char *revision = x_strdup(args_text(args, "--revision"));
    VmSetXmlParams params = { .vm = target.vm->id, .revision = revision, .xml = xml, .check_only = cli_check_only(cli) };
    Action *action = action_add(cli, target.server, target.vm->id, target.vm->name);
    if (!params.check_only)
        action->describe = settings_told;
    ACTION_CALL(action, vm_set_xml, &params);
    return EXIT_OK;
}

/* ---- the guest */

int vm_guest_command(Cli *cli, const Args *args)
{
    static const Column facts[] = {
        { "agent", TEXT_CLI_HEAD_GUEST_AGENT, COLUMN_YES }, { "os", TEXT_CLI_HEAD_SYSTEM, COLUMN_TEXT },
        { "kernel", TEXT_CLI_HEAD_KERNEL, COLUMN_TEXT },    { "hostname", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "addresses", TEXT_CLI_HEAD_ADDRESS, COLUMN_TEXT }, { "users", TEXT_CLI_HEAD_USER, COLUMN_TEXT },
        { "why", TEXT_CLI_HEAD_WHY, COLUMN_TEXT },
    };
    VmTarget target;
    GuestInfo answer;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    VmRef params = { .vm = target.vm->id };
    status = read_vm_guest_info(cli, target.server, &params, &answer);
    if (status != EXIT_OK)
        return status;
    output_begin(&cli->output, OUTPUT_ONE, facts, ARRAY_SIZE(facts));
    output_record(&cli->output, GuestInfo_encode(&answer));
    GuestInfo_clear(&answer);
    return EXIT_OK;
}

/* ---- the host */

int host_devices_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "key", TEXT_CLI_HEAD_DEVICE, COLUMN_TEXT },      { "vendor", TEXT_CLI_HEAD_VENDOR, COLUMN_TEXT },
        { "product", TEXT_CLI_HEAD_PRODUCT, COLUMN_TEXT }, { "used_by", TEXT_CLI_HEAD_USED_BY, COLUMN_TEXT },
    };
    (void)args;
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t s = 0; s < cli->server_count; s++) {
        HostDevicesParams params = { 0 };
        HostDeviceTable answer;
        int status = read_host_devices(cli, cli->servers[s], &params, &answer);
        if (status != EXIT_OK)
            return status;
        for (size_t i = 0; i < answer.devices.count; i++) {
            json_t *record = HostDevice_encode(&answer.devices.items[i]);
            json_object_set_new(record, "server", json_string(server_name(cli->servers[s])));
            output_record(&cli->output, record);
        }
        HostDeviceTable_clear(&answer);
    }
    return EXIT_OK;
}

int host_capabilities_command(Cli *cli, const Args *args)
{
    static const Column facts[] = {
        { "emulation", TEXT_CLI_HEAD_EMULATION, COLUMN_TEXT }, { "machine", TEXT_CLI_HEAD_MACHINE_TYPE, COLUMN_TEXT },
        { "max_vcpus", TEXT_CLI_HEAD_VCPUS, COLUMN_NUMBER },   { "uefi", TEXT_CLI_HEAD_UEFI, COLUMN_YES },
        { "secure_boot", TEXT_CLI_HEAD_SECURE_BOOT, COLUMN_YES }, { "tpm_emulator", TEXT_CLI_HEAD_TPM, COLUMN_YES },
        { "cpu_modes", TEXT_CLI_HEAD_CPU, COLUMN_TEXT },       { "disk_buses", TEXT_CLI_HEAD_DISKS, COLUMN_TEXT },
        { "nic_models", TEXT_CLI_HEAD_NICS, COLUMN_TEXT },
    };
    CapabilitiesParams params = { 0 };
    GuestCapabilities answer;
    VmTarget target = { .server = cli->servers[0] };
    int status = args_has(args, "--vm") ? find_vm(cli, args_text(args, "--vm"), false, &target) : EXIT_OK;
    if (status != EXIT_OK)
        return status;
    if (target.vm)
        params.vm = target.vm->id;
    status = read_host_capabilities(cli, target.server, &params, &answer);
    if (status != EXIT_OK)
        return status;
    output_begin(&cli->output, OUTPUT_ONE, facts, ARRAY_SIZE(facts));
    output_record(&cli->output, GuestCapabilities_encode(&answer));
    GuestCapabilities_clear(&answer);
    return EXIT_OK;
}
