/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page CPU: how many, what the guest sees, how much of the host they get. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/core/format.h"
#include "client/win/icons.h"

#include <stdlib.h>

enum { COUNT = 520, MAXIMUM, TOPOLOGY, SOCKETS, CORES, THREADS, MODE, MODEL, SHARES, LIMIT, CPUS, PINS };

static const FieldChoice modes[] = {
    {CPU_MODE_DEFAULT, TEXT_CPU_MODE_DEFAULT}, {CPU_MODE_HOST_PASSTHROUGH, TEXT_CPU_MODE_HOST_PASSTHROUGH}, {CPU_MODE_HOST_MODEL, TEXT_CPU_MODE_HOST_MODEL},
    {CPU_MODE_MAXIMUM, TEXT_CPU_MODE_MAXIMUM}, {CPU_MODE_NAMED, TEXT_CPU_MODE_NAMED},
};
static const Field counts[] = {
    FIELD(COUNT, FIELD_NUMBER, TEXT_LABEL_CPU_COUNT, GROUP_CPU, VmCpu, count),
    FIELD(MAXIMUM, FIELD_NUMBER, TEXT_LABEL_CPU_MAXIMUM, GROUP_CPU, VmCpu, maximum),
};
static const Field topology[] = {
    FIELD(SOCKETS, FIELD_NUMBER, TEXT_LABEL_SOCKETS, GROUP_CPU, VmCpu, sockets),
    FIELD(CORES, FIELD_NUMBER, TEXT_LABEL_CORES, GROUP_CPU, VmCpu, cores),
    FIELD(THREADS, FIELD_NUMBER, TEXT_LABEL_THREADS, GROUP_CPU, VmCpu, threads),
};
static const Field rest[] = {
    FIELD(MODE, FIELD_CHOICE, TEXT_LABEL_CPU_MODE, GROUP_CPU, VmCpu, mode, .choices = modes, .choice_count = ARRAY_SIZE(modes)),
    FIELD(MODEL, FIELD_WORD, TEXT_LABEL_CPU_MODEL, GROUP_CPU, VmCpu, model),
    FIELD(SHARES, FIELD_NUMBER, TEXT_LABEL_SHARES, GROUP_CPU, VmCpu, shares),
    FIELD(LIMIT, FIELD_NUMBER, TEXT_LABEL_CPU_LIMIT, GROUP_CPU, VmCpu, limit, .unit = TEXT_UNIT_PERCENT),
    FIELD(CPUS, FIELD_TEXT, TEXT_LABEL_PINNING, GROUP_CPU, VmCpu, cpus),
};

static void build(Properties *box, Form *form)
{
    (void)box;
    fields_build(form, counts, ARRAY_SIZE(counts));
    form_check(form, TOPOLOGY, text(TEXT_LABEL_TOPOLOGY));
    fields_build(form, topology, ARRAY_SIZE(topology));
    fields_build(form, rest, ARRAY_SIZE(rest));
    form_edit(form, PINS, text(TEXT_LABEL_PINS), 30, 0);
    form_note(form, -1, NOTE_DIM, text(TEXT_PINS_HINT));
}

static void fill_models(const Properties *box, Form *form)
{
    AUTO(StrList_clear) StrList models = {0};
    for (size_t i = 0; i < box->edit.can.cpu_models.count; i++)
        if (box->edit.can.cpu_models.items[i].usable)
            StrList_add(&models, box->edit.can.cpu_models.items[i].name);
    fields_words(form, MODEL, &models);
}

static void fill_topology(Properties *box, Form *form)
{
    const VmCpu *cpu = box->edit.want.cpu;
    bool on = cpu->sockets != 0;
    form_set_checked(form, TOPOLOGY, on);
    form_set_enabled(form, TOPOLOGY, !box->read_only && vm_edit_allowed(&box->edit, GROUP_CPU, "sockets", NULL));
    fields_fill(form, &box->edit, topology, ARRAY_SIZE(topology), on ? cpu : NULL, NULL, box->read_only);
}

static void fill(Properties *box, Form *form)
{
    const VmCpu *cpu = box->edit.want.cpu;
    AUTO_FREE char *pins = vm_edit_pins_text(&cpu->pins);
    fields_fill(form, &box->edit, counts, ARRAY_SIZE(counts), cpu, NULL, box->read_only);
    fill_topology(box, form);
    fill_models(box, form);
    fields_fill(form, &box->edit, rest, ARRAY_SIZE(rest), cpu, NULL, box->read_only);
    form_set_enabled(form, MODEL, !box->read_only && cpu->mode == CPU_MODE_NAMED && vm_edit_allowed(&box->edit, GROUP_CPU, "model", NULL));
    form_set_text(form, PINS, pins);
    form_set_enabled(form, PINS, !box->read_only && vm_edit_allowed(&box->edit, GROUP_CPU, "pins", NULL));
}

/* The simplest one: as many sockets as CPUs. */
static void switch_topology(VmCpu *cpu, bool on)
{
    cpu->sockets = on ? cpu->maximum : 0;
    cpu->cores = cpu->threads = on ? 1 : 0;
}

/* While no others are wanted, what is plugged in is all there is; the maximum of a running VM would only change at its next start. */
static void follow_count(const Properties *box, VmCpu *cpu)
{
    const VmCpu *was = box->edit.was.config->cpu;
    bool follows = was && was->maximum == was->count && !box->cpu_maximum_typed && !box->edit.was.active;
    if (follows && cpu->count > 0 && !cpu->sockets)
        cpu->maximum = cpu->count;
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    VmCpu *cpu = box->edit.want.cpu;
    if (event != FORM_CHANGED)
        return;
    if (id == PINS) {
        AUTO_FREE char *typed = form_text(form, PINS);
        vm_edit_take_pins(typed, &cpu->pins);
        return;
    }
    if (id == TOPOLOGY)
        switch_topology(cpu, form_checked(form, TOPOLOGY));
    fields_take(form, counts, ARRAY_SIZE(counts), cpu, id);
    fields_take(form, topology, ARRAY_SIZE(topology), cpu, id);
    fields_take(form, rest, ARRAY_SIZE(rest), cpu, id);
    box->cpu_maximum_typed |= id == MAXIMUM;
    if (id == COUNT)
        follow_count(box, cpu);
    if (id == MODE && cpu->mode != CPU_MODE_NAMED)
        fields_set(&cpu->model, NULL);
    if (id == TOPOLOGY || id == MODE || id == COUNT) {
        fill_topology(box, form);
        fields_fill(form, &box->edit, &counts[1], 1, cpu, NULL, box->read_only);
        fields_fill(form, &box->edit, &rest[1], 1, cpu->mode == CPU_MODE_NAMED ? cpu : NULL, NULL, box->read_only);
    }
}

const PropertiesPage properties_cpu_page = {ICON_CPU, "properties-cpu", build, fill, event, NULL};
