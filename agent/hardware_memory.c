/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory of a VM from and to its description: see vm_config_part.h. No libvirt calls; any thread. */
#include "agent/vm_config_part.h"

#include <stdlib.h>

enum { MEGABYTE = 1 << 20 };

/* libvirt writes KiB. */
static int64_t read_page_size(xmlNode *page)
{
    AUTO_FREE char *unit = xml_attribute(page, "unit", LIMIT_NAME);
    int64_t factor = str_equal(unit, "M") || str_equal(unit, "MiB") ? MEGABYTE : str_equal(unit, "G") || str_equal(unit, "GiB") ? 1 << 30 : 1024;
    int64_t size = 0;
    return __builtin_mul_overflow(xml_attribute_number(page, "size"), factor, &size) ? 0 : size;
}

void memory_read(xmlNode *root, VmMemory *ret)
{
    xmlNode *backing = xml_child(root, "memoryBacking");
    xmlNode *balloon = xml_child(root, "devices/memballoon");
    ret->maximum = xml_size(xml_child(root, "memory"), 1024);
    ret->size = xml_size(xml_child(root, "currentMemory"), 1024);
    if (!ret->size)
        ret->size = ret->maximum;
    ret->balloon = balloon && !xml_attribute_is(balloon, "model", "none");
    ret->hugepages = xml_child(backing, "hugepages") != NULL;
    ret->page_size = read_page_size(xml_child(backing, "hugepages/page"));
    ret->locked = xml_child(backing, "locked") != NULL;
}

static int check(const Edit *edit, const VmMemory *old, const VmMemory *want)
{
    bool new_size = want->maximum != old->maximum || want->size != old->size; /* others' sizes may be odd ones */
    if (want->maximum < MEGABYTE || want->maximum > INT64_C(1) << 50)
        return edit_refuse(edit, "its memory must be at least 1 MiB");
    if (want->size < MEGABYTE || want->size > want->maximum)
        return edit_refuse(edit, "the memory it has must be from 1 MiB to its maximum");
    if (new_size && (want->maximum % MEGABYTE || want->size % MEGABYTE))
        return edit_refuse(edit, "its memory must be a multiple of 1 MiB");
    if (want->size != want->maximum && !want->balloon)
        return edit_refuse(edit, "without a balloon it has all its memory from the start");
    if (want->page_size && (want->page_size < 4096 || want->page_size & (want->page_size - 1)))
        return edit_refuse(edit, "%lld bytes are no size of a memory page", (long long)want->page_size);
    return 0;
}

static void set_size(xmlNode *root, const char *name, int64_t bytes)
{
    xmlNode *node = xml_need(root, name);
    xml_set_leaf_number(root, name, bytes / 1024);
    xml_set(node, "unit", "KiB");
}

static void write_hugepages(xmlNode *backing, const VmMemory *old, const VmMemory *want)
{
    if (old->hugepages == want->hugepages && old->page_size == want->page_size)
        return;
    xml_remove(xml_child(backing, "hugepages"));
    if (!want->hugepages)
        return;
    xmlNode *pages = xml_add(backing, "hugepages");
    if (want->page_size) {
        xmlNode *page = xml_add(pages, "page");
        xml_set_number(page, "size", want->page_size / 1024);
        xml_set(page, "unit", "KiB");
    }
}

static void write_balloon(const Edit *edit, bool on)
{
    xml_remove_all(edit->devices, "memballoon");
    xml_set(xml_add(edit->devices, "memballoon"), "model", on ? "virtio" : "none"); /* without an element libvirt adds one */
}

int memory_write(const Edit *edit, const VmMemory *old, const VmMemory *want)
{
    int code = check(edit, old, want);
    if (code < 0)
        return code;
    xmlNode *backing = xml_need(edit->root, "memoryBacking");
    if (old->maximum != want->maximum)
        set_size(edit->root, "memory", want->maximum);
    if (old->size != want->size || old->maximum != want->maximum)
        set_size(edit->root, "currentMemory", want->size);
    write_hugepages(backing, old, want);
    xml_set_flag(backing, "locked", want->locked);
    if (old->balloon != want->balloon)
        write_balloon(edit, want->balloon);
    xml_remove_empty(backing);
    return 0;
}
