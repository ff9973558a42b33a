/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUs of a VM from and to its description: see vm_config_part.h. No libvirt calls; any thread. */
#include "agent/vm_config_part.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERIOD_DEFAULT = 100000, QUOTA_MIN = 1000, SHARES_MAX = 262144, LIMIT_MAX = 100 };

static const struct { CpuMode mode; const char *name; } modes[] = {
    { CPU_MODE_HOST_PASSTHROUGH, "host-passthrough" },
    { CPU_MODE_HOST_MODEL, "host-model" },
    { CPU_MODE_MAXIMUM, "maximum" },
    { CPU_MODE_NAMED, "custom" },
};

/* ---------------------------------------------------------------- reading */

static CpuMode mode_of(xmlNode *cpu)
{
    AUTO_FREE char *mode = xml_attribute(cpu, "mode", LIMIT_NAME);
    if (!mode)
        return xml_child(cpu, "model") ? CPU_MODE_NAMED : CPU_MODE_DEFAULT;
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        if (str_equal(modes[i].name, mode))
            return modes[i].mode;
    return CPU_MODE_UNKNOWN;
}

/* xml_number takes negative numbers, which stand for no limit, as 0. */
static int64_t limit_of(xmlNode *tune)
{
    int64_t quota = xml_number(xml_child(tune, "quota"));
    int64_t period = xml_number(xml_child(tune, "period"));
    if (!period)
        period = PERIOD_DEFAULT;
    return quota > INT64_MAX / 200 ? 0 : (quota * 100 + period / 2) / period;
}

static void read_pins(xmlNode *tune, CpuPinList *ret)
{
    for (xmlNode *node = xml_child(tune, "vcpupin"); node && ret->count < LIMIT_VCPUS; node = xml_next(node, "vcpupin")) {
        CpuPin pin = { xml_attribute_number(node, "vcpu"), xml_attribute(node, "cpuset", LIMIT_NAME) };
        if (pin.cpus)
            CpuPinList_add(ret, &pin);
        CpuPin_clear(&pin);
    }
}

void cpu_read(xmlNode *root, VmCpu *ret)
{
    xmlNode *vcpu = xml_child(root, "vcpu");
    xmlNode *cpu = xml_child(root, "cpu");
    xmlNode *tune = xml_child(root, "cputune");
    xmlNode *topology = xml_child(cpu, "topology");
    ret->maximum = xml_number(vcpu) ? xml_number(vcpu) : 1;
    ret->count = xml_attribute_number(vcpu, "current");
    if (!ret->count)
        ret->count = ret->maximum;
    ret->sockets = xml_attribute_number(topology, "sockets");
    ret->cores = xml_attribute_number(topology, "cores");
    ret->threads = xml_attribute_number(topology, "threads");
    int64_t dies = xml_attribute_number(topology, "dies");
    if (dies > 1 && dies <= LIMIT_VCPUS && ret->cores <= LIMIT_VCPUS) /* all cores of a socket, for those who know no dies */
        ret->cores *= dies;
    ret->mode = mode_of(cpu);
    if (ret->mode == CPU_MODE_NAMED)
        ret->model = xml_text(xml_child(cpu, "model"), LIMIT_NAME);
    ret->shares = xml_number(xml_child(tune, "shares"));
    ret->limit = limit_of(tune);
    ret->cpus = xml_attribute(vcpu, "cpuset", LIMIT_NAME);
    read_pins(tune, &ret->pins);
}

/* ---------------------------------------------------------------- writing */

/* Lists like 0-3,8 (libvirt also knows ^2). Whether the host has these CPUs is libvirt's business. */
static bool is_cpu_list(const char *text)
{
    if (!isdigit((unsigned char)*text))
        return false;
    return text[strspn(text, "0123456789-,^")] == 0 && isdigit((unsigned char)text[strlen(text) - 1]);
}

static int check_topology(const Edit *edit, const VmCpu *want)
{
    bool given = want->sockets || want->cores || want->threads;
    if (!given)
        return 0;
    if (want->sockets < 1 || want->cores < 1 || want->threads < 1 || want->sockets > LIMIT_VCPUS || want->cores > LIMIT_VCPUS || want->threads > LIMIT_VCPUS)
        return edit_refuse(edit, "sockets, cores and threads must all be given");
    if (want->sockets * want->cores * want->threads != want->maximum)
        return edit_refuse(edit, "%lld sockets with %lld cores of %lld threads are not the %lld CPUs it may have", (long long)want->sockets,
                           (long long)want->cores, (long long)want->threads, (long long)want->maximum);
    return 0;
}

static int check_pins(const Edit *edit, const VmCpu *want)
{
    if (!str_empty(want->cpus) && !is_cpu_list(want->cpus))
        return edit_refuse(edit, "'%s' is no list of host CPUs like 0-3,8", want->cpus);
    for (size_t i = 0; i < want->pins.count; i++) {
        const CpuPin *pin = &want->pins.items[i];
        if (pin->vcpu < 0 || pin->vcpu >= want->maximum)
            return edit_refuse(edit, "it has no virtual CPU %lld that could be pinned", (long long)pin->vcpu);
        if (!is_cpu_list(pin->cpus))
            return edit_refuse(edit, "'%s' is no list of host CPUs like 0-3,8", pin->cpus);
        for (size_t k = 0; k < i; k++)
            if (want->pins.items[k].vcpu == pin->vcpu)
                return edit_refuse(edit, "virtual CPU %lld is pinned twice", (long long)pin->vcpu);
    }
    return 0;
}

static int check(const Edit *edit, const VmCpu *old, const VmCpu *want)
{
    if (want->maximum < 1 || want->maximum > LIMIT_VCPUS)
        return edit_refuse(edit, "it may have from 1 to %d virtual CPUs", LIMIT_VCPUS);
    if (want->count < 1 || want->count > want->maximum)
        return edit_refuse(edit, "it may have from 1 to %lld virtual CPUs, which is its maximum", (long long)want->maximum);
    if (want->shares != old->shares && want->shares && (want->shares < 2 || want->shares > SHARES_MAX)) /* others' may be odd ones */
        return edit_refuse(edit, "the weight of its CPUs is a number from 2 to %d", SHARES_MAX);
    if (want->limit != old->limit && (want->limit < 0 || want->limit > LIMIT_MAX))
        return edit_refuse(edit, "the limit of a virtual CPU is from 1 to %d percent of a host CPU", LIMIT_MAX);
    if (want->mode == CPU_MODE_NAMED && str_empty(want->model))
        return edit_refuse(edit, "the CPU model has no name");
    int code = check_topology(edit, want);
    return code < 0 ? code : check_pins(edit, want);
}

static void write_count(const Edit *edit, const VmCpu *old, const VmCpu *want)
{
    char text[24];
    xmlNode *vcpu = xml_need(edit->root, "vcpu");
    if (old->count == want->count && old->maximum == want->maximum)
        return;
    snprintf(text, sizeof text, "%lld", (long long)want->maximum);
    xml_set_text(vcpu, text);
    xml_set_number(vcpu, "current", want->count == want->maximum ? 0 : want->count);
    xml_remove(xml_child(edit->root, "vcpus")); /* which of them were plugged in: libvirt takes the first ones again */
}

static void write_topology(const Edit *edit, const VmCpu *old, const VmCpu *want)
{
    if (old->sockets == want->sockets && old->cores == want->cores && old->threads == want->threads)
        return;
    xmlNode *cpu = xml_need(edit->root, "cpu");
    xml_remove(xml_child(cpu, "topology"));
    if (want->sockets) {
        xmlNode *topology = xml_add(cpu, "topology");
        xml_set_number(topology, "sockets", want->sockets);
        xml_set_number(topology, "cores", want->cores);
        xml_set_number(topology, "threads", want->threads);
    }
    xml_remove_empty(cpu);
}

/* What was said about the old model (its vendor, single features) does not fit another one. */
static void write_model(const Edit *edit, const VmCpu *old, const VmCpu *want)
{
    static const char *const attributes[] = { "mode", "match", "check", "migratable" };
    if (want->mode == CPU_MODE_UNKNOWN || (want->mode == old->mode && (want->mode != CPU_MODE_NAMED || str_equal(want->model, old->model))))
        return;
    xmlNode *cpu = xml_need(edit->root, "cpu");
    for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
        xml_set(cpu, attributes[i], NULL);
    xml_remove_all(cpu, "model");
    xml_remove_all(cpu, "vendor");
    xml_remove_all(cpu, "feature");
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        if (modes[i].mode == want->mode)
            xml_set(cpu, "mode", modes[i].name);
    if (want->mode == CPU_MODE_NAMED) {
        xml_set(cpu, "match", "exact");
        xml_set_leaf(cpu, "model", want->model);
        xml_set(xml_child(cpu, "model"), "fallback", "forbid");
    }
    xml_remove_empty(cpu);
}

static void write_limit(xmlNode *tune, const VmCpu *old, const VmCpu *want)
{
    if (old->limit == want->limit)
        return;
    int64_t period = xml_number(xml_child(tune, "period"));
    int64_t quota = want->limit * (period ? period : PERIOD_DEFAULT) / 100;
    xml_set_leaf_number(tune, "quota", want->limit && quota < QUOTA_MIN ? QUOTA_MIN : quota);
}

static bool same_pins(const CpuPinList *a, const CpuPinList *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++)
        same = a->items[i].vcpu == b->items[i].vcpu && str_equal(a->items[i].cpus, b->items[i].cpus);
    return same;
}

static bool is_pinned(const VmCpu *cpu, int64_t vcpu)
{
    for (size_t i = 0; i < cpu->pins.count; i++)
        if (cpu->pins.items[i].vcpu == vcpu)
            return true;
    return false;
}

/* A list of CPUs that is too long to be told stays, unless another one is wanted. */
static void write_pins(xmlNode *tune, const VmCpu *old, const VmCpu *want)
{
    if (same_pins(&old->pins, &want->pins))
        return;
    for (xmlNode *node = xml_child(tune, "vcpupin"); node;) {
        xmlNode *next = xml_next(node, "vcpupin");
        AUTO_FREE char *told = xml_attribute(node, "cpuset", LIMIT_NAME);
        if (told || is_pinned(want, xml_attribute_number(node, "vcpu")))
            xml_remove(node);
        node = next;
    }
    for (size_t i = 0; i < want->pins.count; i++) {
        char number[24];
        xmlNode *pin = xml_add(tune, "vcpupin");
        snprintf(number, sizeof number, "%lld", (long long)want->pins.items[i].vcpu); /* 0 is a number, too */
        xml_set(pin, "vcpu", number);
        xml_set(pin, "cpuset", want->pins.items[i].cpus);
    }
}

int cpu_write(const Edit *edit, const VmCpu *old, const VmCpu *want)
{
    int code = check(edit, old, want);
    if (code < 0)
        return code;
    xmlNode *tune = xml_need(edit->root, "cputune");
    write_count(edit, old, want);
    write_topology(edit, old, want);
    write_model(edit, old, want);
    write_limit(tune, old, want);
    write_pins(tune, old, want);
    xml_set_leaf_number(tune, "shares", want->shares);
    if (text_differs(old->cpus, want->cpus))
        xml_set(xml_child(edit->root, "vcpu"), "cpuset", str_empty(want->cpus) ? NULL : want->cpus);
    xml_remove_empty(tune);
    return 0;
}
