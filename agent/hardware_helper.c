/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random number generator and watchdog from and to a VM's description: see vm_config_part.h. No libvirt calls; any thread. */
#include "agent/vm_config_part.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define RNG_SOURCE "/dev/urandom"

/* ---------------------------------------------------------------- random numbers */

void rng_read(xmlNode *root, VmRng *ret)
{
    xmlNode *rng = xml_child(root, "devices/rng");
    xmlNode *rate = xml_child(rng, "rate");
    xmlNode *backend = xml_child(rng, "backend");
    ret->present = rng != NULL;
    ret->bytes = xml_attribute_number(rate, "bytes");
    ret->period = xml_attribute_number(rate, "period");
    if (backend && xml_attribute_is(backend, "model", "random"))
        ret->source = xml_text(backend, LIMIT_PATH);
}

int rng_write(const Edit *edit, const VmRng *old, const VmRng *want)
{
    bool other_source = !str_empty(want->source) && text_differs(old->source, want->source);
    if (want->bytes < 0 || want->period < 0 || want->bytes > UINT32_MAX || want->period > UINT32_MAX)
        return edit_refuse(edit, "the rate of random numbers is out of range");
    if (want->present && other_source && strncmp(want->source, "/dev/", 5) != 0)
        return edit_refuse(edit, "random numbers come from a device of the host, like " RNG_SOURCE);
    if (!want->present) {
        xml_remove_all(edit->devices, "rng");
        return 0;
    }
    xmlNode *rng = xml_need(edit->devices, "rng");
    if (!old->present)
        xml_set(rng, "model", "virtio");
    if (!old->present || other_source) {
        xml_remove_all(rng, "backend");
        xmlNode *backend = xml_add(rng, "backend");
        xml_set(backend, "model", "random");
        xml_set_text(backend, str_empty(want->source) ? RNG_SOURCE : want->source);
    }
    if (old->bytes == want->bytes && old->period == want->period)
        return 0;
    xml_remove_all(rng, "rate");
    if (want->bytes) {
        xmlNode *rate = xml_add(rng, "rate");
        xml_set_number(rate, "bytes", want->bytes);
        xml_set_number(rate, "period", want->period);
    }
    return 0;
}

/* ---------------------------------------------------------------- watchdog */

void watchdog_read(xmlNode *root, VmWatchdog *ret)
{
    xmlNode *watchdog = xml_child(root, "devices/watchdog");
    ret->model = xml_attribute(watchdog, "model", LIMIT_NAME);
    ret->action = xml_attribute(watchdog, "action", LIMIT_NAME);
}

static bool is_word(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-')
            return false;
    return true;
}

int watchdog_write(const Edit *edit, const VmWatchdog *old, const VmWatchdog *want)
{
    const char *action = str_empty(want->action) ? "reset" : want->action;
    if (str_empty(want->model)) {
        xml_remove_all(edit->devices, "watchdog");
        return 0;
    }
    if (!is_word(want->model) || !is_word(action))
        return edit_refuse(edit, "the watchdog's model or action is no word");
    if (text_differs(old->model, want->model))
        xml_remove_all(edit->devices, "watchdog");
    xmlNode *watchdog = xml_need(edit->devices, "watchdog");
    xml_set(watchdog, "model", want->model);
    xml_set(watchdog, "action", action);
    return 0;
}
