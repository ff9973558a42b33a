/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings other than devices, applied to a running VM; devices are in vm_plug.c. See vm_live.h. */
#include "agent/vm_live.h"
#include "agent/domain_xml.h"
#include "agent/vm_general.h"
#include "agent/vm_plug.h"

#include <stdlib.h>
#include <string.h>

typedef int (*Apply)(const VmLive *live, const VmSetting *change, Error *err);

static int outcome(const VmLive *live, int result, Error *err) { return result < 0 ? virt_error(err, live->now->name) : 0; }

/* ---------------------------------------------------------------- what people write */

static int apply_metadata(const VmLive *live, const VmSetting *change, Error *err)
{
    (void)change;
    AUTO_FREE char *text = vm_metadata_text(live->now->root);
    int result = virDomainSetMetadata(live->now->domain, VIR_DOMAIN_METADATA_ELEMENT, text, "poolcenter", POOLCENTER_XMLNS, VIR_DOMAIN_AFFECT_LIVE);
    return outcome(live, result < 0 && !text && virt_error_is(VIR_ERR_NO_DOMAIN_METADATA) ? 0 : result, err);
}

static int apply_description(const VmLive *live, const VmSetting *change, Error *err)
{
    (void)change;
    const char *text = live->now->config.general->description;
    return outcome(live, virDomainSetMetadata(live->now->domain, VIR_DOMAIN_METADATA_DESCRIPTION, text, NULL, NULL, VIR_DOMAIN_AFFECT_LIVE), err);
}

/* libvirt's own mark was set with the definition; what we keep is in the metadata. */
static int apply_startup(const VmLive *live, const VmSetting *change, Error *err) { return apply_metadata(live, change, err); }

/* ---------------------------------------------------------------- CPUs and memory */

static int apply_cpu_count(const VmLive *live, const VmSetting *change, Error *err)
{
    (void)change;
    int64_t count = live->now->config.cpu->count;
    if (count > live->before->active.cpu->maximum)
        return error_set(err, ERR_VM_SETTING, live->now->name, "it was started with a maximum of %lld CPUs", (long long)live->before->active.cpu->maximum);
    return outcome(live, virDomainSetVcpusFlags(live->now->domain, (unsigned)count, VIR_DOMAIN_AFFECT_LIVE), err);
}

/* A weight of 0 stands for the host's default, which cgroups do not know as a word. */
static int apply_cpu_shares(const VmLive *live, const VmSetting *change, Error *err)
{
    (void)change;
    virTypedParameterPtr params = NULL;
    int count = 0;
    int room = 0;
    int64_t shares = live->now->config.cpu->shares;
    if (!shares)
        return error_set(err, ERR_VM_SETTING, live->now->name, "the host's default comes back when it is started");
    int result = virTypedParamsAddULLong(&params, &count, &room, VIR_DOMAIN_SCHEDULER_CPU_SHARES, (unsigned long long)shares);
    if (result == 0)
        result = virDomainSetSchedulerParametersFlags(live->now->domain, params, count, VIR_DOMAIN_AFFECT_LIVE);
    virTypedParamsFree(params, count);
    return outcome(live, result, err);
}

static int apply_cpu_limit(const VmLive *live, const VmSetting *change, Error *err)
{
    (void)change;
    virTypedParameterPtr params = NULL;
    int count = 0;
    int room = 0;
    int64_t quota = xml_number(xml_child(live->now->root, "cputune/quota"));
    int result = virTypedParamsAddLLong(&params, &count, &room, VIR_DOMAIN_SCHEDULER_VCPU_QUOTA, quota ? quota : -1);
    if (result == 0)
        result = virDomainSetSchedulerParametersFlags(live->now->domain, params, count, VIR_DOMAIN_AFFECT_LIVE);
    virTypedParamsFree(params, count);
    return outcome(live, result, err);
}

enum { HOST_CPUS = 1024 };

/* Sets the bits of a list like 0-3,8,^2. */
static void read_cpu_list(const char *text, unsigned char map[HOST_CPUS / 8])
{
    while (*text) {
        char *end = NULL;
        bool not = *text == '^';
        long first = strtol(text + not, &end, 10);
        long last = *end == '-' ? strtol(end + 1, &end, 10) : first;
        for (long cpu = first; cpu >= 0 && cpu <= last && cpu < HOST_CPUS; cpu++) {
            if (not)
                map[cpu / 8] &= (unsigned char)~(1u << cpu % 8);
            else
                map[cpu / 8] |= (unsigned char)(1u << cpu % 8);
        }
        text = *end ? end + 1 : end;
    }
}

static const char *pin_of(const VmCpu *cpu, int64_t vcpu)
{
    for (size_t i = 0; i < cpu->pins.count; i++)
        if (cpu->pins.items[i].vcpu == vcpu)
            return cpu->pins.items[i].cpus;
    return cpu->cpus;
}

static int apply_cpu_pins(const VmLive *live, const VmSetting *change, Error *err)
{
    (void)change;
    const VmCpu *cpu = live->now->config.cpu;
    int result = 0;
    for (int64_t vcpu = 0; vcpu < live->before->active.cpu->maximum && vcpu < cpu->maximum && result == 0; vcpu++) {
        unsigned char map[HOST_CPUS / 8] = { 0 };
        const char *list = pin_of(cpu, vcpu);
        if (list)
            read_cpu_list(list, map);
        else
            memset(map, 0xff, sizeof map);
        result = virDomainPinVcpuFlags(live->now->domain, (unsigned)vcpu, map, sizeof map, VIR_DOMAIN_AFFECT_LIVE);
    }
    return outcome(live, result, err);
}

static int apply_memory_size(const VmLive *live, const VmSetting *change, Error *err)
{
    (void)change;
    int64_t size = live->now->config.memory->size;
    if (size > live->before->active.memory->maximum)
        return error_set(err, ERR_VM_SETTING, live->now->name, "it was started with a smaller maximum");
    return outcome(live, virDomainSetMemoryFlags(live->now->domain, (unsigned long)(size / 1024), VIR_DOMAIN_AFFECT_LIVE), err);
}

/* ---------------------------------------------------------------- all */

static const struct { SettingGroup group; const char *name; Apply apply; } appliers[] = {
    { GROUP_GENERAL, "description", apply_description },
    { GROUP_GENERAL, NULL, apply_metadata },
    { GROUP_STARTUP, NULL, apply_startup },
    { GROUP_CPU, "count", apply_cpu_count },
    { GROUP_CPU, "shares", apply_cpu_shares },
    { GROUP_CPU, "limit", apply_cpu_limit },
    { GROUP_CPU, "cpus", apply_cpu_pins },
    { GROUP_CPU, "pins", apply_cpu_pins },
    { GROUP_MEMORY, "size", apply_memory_size },
    { GROUP_DISKS, "limits", vm_plug_disk_limits },
    { GROUP_DISKS, "volume", vm_plug_medium },
    { GROUP_NICS, "network", vm_plug_nic_update },
    { GROUP_NICS, "link_down", vm_plug_nic_update },
    { GROUP_NICS, "limits", vm_plug_nic_update },
    { GROUP_GRAPHICS, "new_password", vm_plug_password },
    { GROUP_RNG, NULL, vm_plug_replace },
};

static Apply applier_of(const VmSetting *change)
{
    if (str_equal(change->name, "add"))
        return vm_plug_add;
    if (str_equal(change->name, "remove"))
        return vm_plug_remove;
    for (size_t i = 0; i < ARRAY_SIZE(appliers); i++)
        if (appliers[i].group == change->group && (!appliers[i].name || str_equal(appliers[i].name, change->name)))
            return appliers[i].apply;
    return NULL;
}

bool vm_live_together(const VmSetting *a, const VmSetting *b)
{
    return a->group == b->group && str_equal(a->device, b->device) && applier_of(a) && applier_of(a) == applier_of(b);
}

int vm_live_apply(const VmLive *live, const VmSetting *change, Error *err)
{
    Apply apply = applier_of(change);
    if (apply)
        return apply(live, change, err);
    return error_set(err, ERR_VM_SETTING, live->now->name, "%s.%s is fixed while it runs", SettingGroup_name(change->group), str_or_empty(change->name));
}
