/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the values of the Properties dialog, as sentences, and how its numbers are typed; see vm_edit.h. UI thread. */
#include "client/core/vm_edit.h"

#include "client/core/format.h"
#include "client/core/rules.h"
#include "client/core/vm_edit_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MIB = 1 << 20, LEAST_MEMORY = 16 * MIB, MOST_SHARES = 262144, LEAST_SHARES = 2, MOST_LIMIT = 100, MOST_SERIAL = 20, MOST_VLAN = 4094, MOST_DELAY = 3600, MOST_PORT = 65535 };

/* ---------------------------------------------------------------- numbers as typed */

static const char *skip_blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

int64_t vm_edit_number(const char *typed)
{
    const char *at = skip_blanks(str_or_empty(typed));
    size_t digits = strspn(at, "0123456789");
    if (!*at)
        return 0;
    if (!digits || digits > 15 || *skip_blanks(at + digits))
        return VM_EDIT_BAD;
    return strtoll(at, NULL, 10);
}

int64_t vm_edit_size(const char *typed, int64_t unit)
{
    const char *at = skip_blanks(str_or_empty(typed));
    size_t whole = strspn(at, "0123456789");
    const char *rest = at + whole;
    int64_t part = 0, scale = 1;
    if (!*at)
        return 0;
    if (*rest == '.' || *rest == ',')
        for (rest++; isdigit((unsigned char)*rest); rest++)
            if (scale < 1000) {
                part = part * 10 + (*rest - '0');
                scale *= 10;
            }
    bool digits = whole || (rest > at && isdigit((unsigned char)rest[-1]));
    if (!digits || whole > 9 || *skip_blanks(rest))
        return VM_EDIT_BAD;
    int64_t number = whole ? strtoll(at, NULL, 10) : 0;
    return number > (INT64_MAX / unit) - 1 ? VM_EDIT_BAD : number * unit + part * unit / scale;
}

char *vm_edit_size_text(int64_t bytes, int64_t unit)
{
    if (bytes <= 0)
        return x_strdup("");
    int64_t hundredths = bytes / unit * 100 + (bytes % unit * 100 + unit / 2) / unit;
    if (hundredths % 100 == 0)
        return x_printf("%lld", (long long)(hundredths / 100));
    char *words = x_printf("%lld%s%02d", (long long)(hundredths / 100), text_decimal_mark(text_language()), (int)(hundredths % 100));
    size_t length = strlen(words);
    if (words[length - 1] == '0')
        words[length - 1] = '\0';
    return words;
}

/* ---------------------------------------------------------------- words of a kind */

bool vm_edit_is_mac(const char *mac)
{
    if (!mac || strlen(mac) != 17)
        return false;
    for (size_t i = 0; i < 17; i++)
        if (i % 3 == 2 ? mac[i] != ':' : !isxdigit((unsigned char)mac[i]))
            return false;
    char first[3] = {mac[0], mac[1], '\0'};
    return !(strtol(first, NULL, 16) & 1); /* no multicast */
}

/* 0-3,8,^2 */
bool vm_edit_is_cpu_list(const char *list)
{
    const char *at = list;
    while (*at) {
        if (*at == '^')
            at++;
        size_t digits = strspn(at, "0123456789");
        if (!digits || digits > 4)
            return false;
        long from = strtol(at, NULL, 10);
        at += digits;
        if (*at == '-') {
            digits = strspn(++at, "0123456789");
            if (!digits || digits > 4 || strtol(at, NULL, 10) < from)
                return false;
            at += digits;
        }
        if (*at && (*at != ',' || !at[1]))
            return false;
        at += *at == ',';
    }
    return at != list;
}

char *vm_edit_pins_text(const CpuPinList *pins)
{
    char *all = x_strdup("");
    for (size_t i = 0; i < pins->count; i++) {
        char *longer = x_printf("%s%s%lld: %s", all, i ? "; " : "", (long long)pins->items[i].vcpu, pins->items[i].cpus);
        free(all);
        all = longer;
    }
    return all;
}

/* "0: 0-3" */
static bool parse_pin(const char *from, const char *to, CpuPin *ret)
{
    const char *colon = memchr(from, ':', (size_t)(to - from));
    if (!colon)
        return false;
    AUTO_FREE char *number = x_strndup(from, (size_t)(colon - from));
    AUTO_FREE char *cpus = x_strndup(colon + 1, (size_t)(to - colon - 1));
    char *list = cpus;
    while (*list == ' ')
        list++;
    for (size_t length = strlen(list); length && list[length - 1] == ' '; length--)
        list[length - 1] = '\0';
    ret->vcpu = vm_edit_number(number);
    if (ret->vcpu < 0 || !*skip_blanks(number) || !vm_edit_is_cpu_list(list))
        return false;
    ret->cpus = x_strdup(list);
    return true;
}

void vm_edit_take_pins(const char *typed, CpuPinList *ret)
{
    bool right = true;
    CpuPinList_clear(ret);
    for (const char *at = typed; *at && right;) {
        const char *end = at + strcspn(at, ";");
        CpuPin pin = {0};
        if (*skip_blanks(at) && skip_blanks(at) != end) {
            right = parse_pin(at, end, &pin);
            if (right)
                CpuPinList_add(ret, &pin);
        }
        at = *end ? end + 1 : end;
    }
    if (!right) {
        CpuPin bad = {.vcpu = VM_EDIT_BAD, .cpus = x_strdup("")};
        CpuPinList_clear(ret);
        CpuPinList_add(ret, &bad);
    }
}

/* ---------------------------------------------------------------- pages */

static char *say(TextId id) { return x_strdup(text(id)); }

static char *say_number(TextId id, int64_t number)
{
    AUTO_FREE char *words = format_number(number);
    return text_format(id, words, NULL);
}

static bool has_line_break(const char *words) { return words && strpbrk(words, "\r\n"); }

static char *check_fields(const VmFieldList *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (str_empty(fields->items[i].name))
            return say(TEXT_EDIT_FIELD_NAME);
        for (size_t j = 0; j < i; j++)
            if (str_equal(fields->items[i].name, fields->items[j].name))
                return text_format(TEXT_EDIT_FIELD_TWICE, fields->items[i].name, NULL);
    }
    return NULL;
}

static char *check_general(const VmEdit *edit)
{
    const VmGeneral *general = edit->want.general;
    if (!general)
        return NULL;
    if (!str_equal(general->name, edit->was.config->general->name)) {
        char *wrong = edit->model ? rules_check_vm_name(edit->model, general->name) : NULL;
        if (wrong)
            return wrong;
    }
    if (strlen(str_or_empty(general->description)) > LIMIT_TEXT)
        return say(TEXT_NEW_VM_DESCRIPTION_LONG);
    if (strlen(str_or_empty(general->notes)) > LIMIT_NOTES)
        return say_number(TEXT_EDIT_NOTES_LONG, LIMIT_NOTES);
    if (strlen(str_or_empty(general->folder)) > LIMIT_NAME || has_line_break(general->folder))
        return say(TEXT_EDIT_FOLDER);
    if (general->tags.count > LIMIT_TAGS)
        return say_number(TEXT_EDIT_TAGS_MANY, LIMIT_TAGS);
    for (size_t i = 0; i < general->tags.count; i++)
        if (strlen(general->tags.items[i]) > LIMIT_NAME)
            return say(TEXT_EDIT_TAG_LONG);
    return check_fields(&general->fields);
}

static char *check_topology(const VmCpu *cpu)
{
    if (!cpu->sockets)
        return NULL;
    if (cpu->sockets < 0 || cpu->cores < 1 || cpu->threads < 1)
        return say(TEXT_EDIT_TOPOLOGY);
    if (cpu->sockets > LIMIT_VCPUS || cpu->cores > LIMIT_VCPUS || cpu->threads > LIMIT_VCPUS || cpu->sockets * cpu->cores * cpu->threads != cpu->maximum)
        return say_number(TEXT_EDIT_TOPOLOGY_PRODUCT, cpu->maximum);
    return NULL;
}

static char *check_cpu(const VmEdit *edit)
{
    const VmCpu *cpu = edit->want.cpu, *was = edit->was.config->cpu;
    int64_t most = edit->can.max_vcpus > 0 ? edit->can.max_vcpus : LIMIT_VCPUS;
    if (!cpu)
        return NULL;
    if (cpu->count < 1)
        return say(TEXT_EDIT_CPU_COUNT);
    if (cpu->maximum < cpu->count)
        return say(TEXT_EDIT_CPU_MAXIMUM);
    if (cpu->maximum > most)
        return say_number(TEXT_EDIT_CPU_MOST, most);
    if (cpu->mode == CPU_MODE_NAMED && str_empty(cpu->model))
        return say(TEXT_EDIT_CPU_MODEL);
    if (cpu->shares != was->shares && cpu->shares && (cpu->shares < LEAST_SHARES || cpu->shares > MOST_SHARES))
        return say(TEXT_EDIT_CPU_SHARES);
    if (cpu->limit != was->limit && (cpu->limit < 0 || cpu->limit > MOST_LIMIT))
        return say(TEXT_EDIT_CPU_LIMIT);
    if (!str_empty(cpu->cpus) && !vm_edit_is_cpu_list(cpu->cpus))
        return say(TEXT_EDIT_CPU_LIST);
    for (size_t i = 0; i < cpu->pins.count; i++)
        if (cpu->pins.items[i].vcpu < 0 || cpu->pins.items[i].vcpu >= cpu->maximum)
            return say_number(TEXT_EDIT_PINS, cpu->maximum - 1);
    return check_topology(cpu);
}

static char *check_memory(const VmEdit *edit)
{
    const VmMemory *memory = edit->want.memory;
    if (!memory)
        return NULL;
    if (memory->size < LEAST_MEMORY)
        return say_number(TEXT_NEW_VM_MEMORY_NUMBER, LEAST_MEMORY / MIB);
    if (memory->maximum < memory->size)
        return say(TEXT_EDIT_MEMORY_MAXIMUM);
    return NULL;
}

static char *check_boot(const VmEdit *edit)
{
    const VmBoot *boot = edit->want.boot;
    if (boot && boot->secure_boot && boot->firmware != FIRMWARE_UEFI)
        return say(TEXT_EDIT_SECURE_BOOT);
    if (boot && (boot->menu_time < 0 || boot->menu_time > MOST_PORT))
        return say(TEXT_EDIT_MENU_TIME);
    return NULL;
}

static const char *disk_name(const VmDisk *disk) { return disk->key ? disk->key : disk->volume ? disk->volume : text(TEXT_DEVICE_NEW); }

static bool bad_limits(const DiskLimits *limits)
{
    return limits->total_bytes < 0 || limits->read_bytes < 0 || limits->write_bytes < 0 || limits->total_iops < 0 || limits->read_iops < 0 || limits->write_iops < 0;
}

static char *check_disk_limits(const VmDisk *disk)
{
    const DiskLimits *limits = disk->limits;
    if (!limits)
        return NULL;
    if (bad_limits(limits))
        return text_format(TEXT_EDIT_DISK_LIMIT, disk_name(disk), NULL);
    bool mixed = (limits->total_bytes && (limits->read_bytes || limits->write_bytes)) || (limits->total_iops && (limits->read_iops || limits->write_iops));
    return mixed ? text_format(TEXT_EDIT_DISK_LIMITS_MIXED, disk_name(disk), NULL) : NULL;
}

/* What others gave it stays as it is, however long. */
static char *check_serial_number(const VmEdit *edit, const VmDisk *disk)
{
    const VmDisk *was = vm_edit_disk(edit->was.config->disks, disk->key);
    const char *serial = str_or_empty(disk->serial);
    if (was && str_equal(str_or_empty(was->serial), serial))
        return NULL;
    for (const char *at = serial; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_-. ", *at))
            return text_format(TEXT_EDIT_DISK_SERIAL, disk_name(disk), NULL);
    return strlen(serial) > MOST_SERIAL ? text_format(TEXT_EDIT_DISK_SERIAL, disk_name(disk), NULL) : NULL;
}

static char *check_disks(const VmEdit *edit, bool drives)
{
    for (size_t i = 0; edit->want.disks && i < edit->want.disks->items.count; i++) {
        const VmDisk *disk = &edit->want.disks->items.items[i];
        bool drive = disk->device != DISK_DEVICE_DISK;
        if (drive != drives)
            continue;
        char *wrong = check_serial_number(edit, disk);
        if (!wrong && disk->io_thread < 0)
            wrong = text_format(TEXT_EDIT_IO_THREAD, disk_name(disk), NULL);
        if (!wrong && disk->create && disk->create->capacity < MIB)
            wrong = say(TEXT_NEW_VM_DISK_NUMBER);
        if (!wrong)
            wrong = check_disk_limits(disk);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static bool mac_twice(const VmNics *nics, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (nics->items.items[i].mac && str_equal(nics->items.items[i].mac, nics->items.items[index].mac))
            return true;
    return false;
}

static char *check_nics(const VmEdit *edit)
{
    const VmNics *nics = edit->want.nics;
    for (size_t i = 0; nics && i < nics->items.count; i++) {
        const VmNic *nic = &nics->items.items[i];
        const char *name = nic->mac ? nic->mac : text(TEXT_DEVICE_NEW);
        const NicLimits *limits = nic->limits;
        if (!str_empty(nic->mac) && !vm_edit_is_mac(nic->mac))
            return text_format(TEXT_EDIT_MAC, nic->mac, NULL);
        if (mac_twice(nics, i))
            return text_format(TEXT_EDIT_MAC_TWICE, nic->mac, NULL);
        if (nic->vlan < 0 || nic->vlan > MOST_VLAN)
            return text_format(TEXT_EDIT_VLAN, name, NULL);
        if (!nic->key && str_empty(nic->network))
            return say(TEXT_NEW_VM_NETWORK_MISSING);
        if (limits && (limits->in_average < 0 || limits->in_peak < 0 || limits->in_burst < 0 || limits->out_average < 0 || limits->out_peak < 0 || limits->out_burst < 0))
            return text_format(TEXT_EDIT_NIC_LIMIT, name, NULL);
        if (limits && ((!limits->in_average && (limits->in_peak || limits->in_burst)) || (!limits->out_average && (limits->out_peak || limits->out_burst))))
            return text_format(TEXT_EDIT_NIC_PEAK, name, NULL);
    }
    return NULL;
}

static char *check_graphics(const VmEdit *edit)
{
    for (size_t i = 0; edit->want.graphics && i < edit->want.graphics->items.count; i++) {
        const VmGraphic *screen = &edit->want.graphics->items.items[i];
        if (screen->port < 0 || screen->port > MOST_PORT)
            return say(TEXT_EDIT_PORT);
        if (str_equal(screen->type, "vnc") && screen->new_password && strlen(screen->new_password) > 8)
            return say(TEXT_EDIT_VNC_PASSWORD);
    }
    for (size_t i = 0; edit->want.video && i < edit->want.video->items.count; i++)
        if (edit->want.video->items.items[i].memory < 0 || edit->want.video->items.items[i].heads < 0 || edit->want.video->items.items[i].heads > 16)
            return say(TEXT_EDIT_VIDEO);
    return NULL;
}

static char *check_rng(const VmEdit *edit)
{
    const VmRng *rng = edit->want.rng;
    return rng && (rng->bytes < 0 || rng->period < 0) ? say(TEXT_EDIT_RNG) : NULL;
}

static char *check_start(const VmEdit *edit)
{
    const VmStartup *startup = edit->want.startup;
    if (startup && startup->order < 0)
        return say(TEXT_EDIT_START_ORDER);
    return startup && (startup->delay < 0 || startup->delay > MOST_DELAY) ? say_number(TEXT_EDIT_START_DELAY, MOST_DELAY) : NULL;
}

char *vm_edit_check(const VmEdit *edit, VmPage page)
{
    if (!vm_edit_page_changed(edit, page)) /* what others have made may be beyond what is made here */
        return NULL;
    switch (page) {
    case VM_PAGE_GENERAL: return check_general(edit);
    case VM_PAGE_CPU: return check_cpu(edit);
    case VM_PAGE_MEMORY: return check_memory(edit);
    case VM_PAGE_BOOT: return check_boot(edit);
    case VM_PAGE_DISKS: return check_disks(edit, false);
    case VM_PAGE_DRIVES: return check_disks(edit, true);
    case VM_PAGE_NICS: return check_nics(edit);
    case VM_PAGE_GRAPHICS: return check_graphics(edit);
    case VM_PAGE_RNG: return check_rng(edit);
    case VM_PAGE_START: return check_start(edit);
    default: return NULL;
    }
}
