/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptions of clones: see clone_xml.h. What must not be the same in two VMs is removed: libvirt draws it anew. */
#include "agent/clone_xml.h"
#include "agent/seed_mark.h"
#include "agent/template.h"
#include "agent/vm_general.h"
#include "agent/xml_edit.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(value) ((const xmlChar *)(value))

static void drop(xmlNode *node)
{
    if (!node)
        return;
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

static void set_text(xmlNode *root, const char *name, const char *text)
{
    drop(xml_child(root, name));
    if (*text)
        xmlNewTextChild(root, NULL, TEXT(name), TEXT(text));
}

static void renew_cards(xmlNode *root)
{
    for (xmlNode *card = xml_child(root, "devices/interface"); card; card = xml_next(card, "interface")) {
        drop(xml_child(card, "mac"));
        drop(xml_child(card, "target")); /* the host's end of the cable has a name of its own */
    }
}

/* libvirt names sockets after the VM. */
static void renew_channels(xmlNode *root)
{
    for (xmlNode *channel = xml_child(root, "devices/channel"); channel; channel = xml_next(channel, "channel"))
        if (xml_attribute_is(channel, "type", "unix"))
            drop(xml_child(channel, "source"));
}

/* The file is the other VM's; what template it is made from stays. */
static void renew_nvram(xmlNode *root)
{
    xmlNode *nvram = xml_child(root, "os/nvram");
    if (!nvram)
        return;
    drop(xml_child(nvram, "source"));
    xmlUnsetProp(nvram, TEXT("type"));
    xmlNodeSetContent(nvram, NULL);
}

static void renew_firmware_id(xmlNode *root, const char *id)
{
    for (xmlNode *entry = xml_child(root, "sysinfo/system/entry"); entry; entry = xml_next(entry, "entry"))
        if (xml_attribute_is(entry, "name", "uuid"))
            xmlNodeSetContent(entry, TEXT(id));
    xmlNode *generation = xml_child(root, "genid");
    if (generation)
        xmlNodeSetContent(generation, NULL);
}

static void drop_protection(xmlNode *root)
{
    for (xmlNode *ours = xml_child(root, "metadata/vm"); ours; ours = xml_next(ours, "vm"))
        drop(xml_child(ours, "protected"));
}

/* It belongs to the other VM, and goes with that. */
static void drop_seed(xmlNode *root)
{
    SeedMark mark;
    if (!seed_mark_read(root, &mark))
        return;
    drop(seed_mark_drive(root, &mark));
    seed_mark_set(root, NULL);
    seed_mark_clear(&mark);
}

char *clone_xml(const char *xml, const CloneIdentity *identity, const DiskSwap *swaps, size_t count, Error *err)
{
    AUTO_FREE char *swapped = domain_xml_swap(xml, swaps, count);
    xmlNode *root = swapped ? xml_parse(swapped, strlen(swapped), "domain", err) : NULL;
    if (!root) {
        error_set(err, ERR_LIBVIRT, identity->name, "the description of what is cloned cannot be read");
        return NULL;
    }
    xmlUnsetProp(root, TEXT("id"));
    set_text(root, "name", identity->name);
    set_text(root, "uuid", identity->id);
    if (identity->description)
        set_text(root, "description", identity->description);
    drop(xml_child(root, "title"));
    template_set(root, NULL);
    xml_remove_all(vm_metadata(root), "start"); /* the flag that libvirt keeps is not copied either */
    drop_protection(root);
    drop_seed(root);
    renew_cards(root);
    renew_channels(root);
    renew_nvram(root);
    renew_firmware_id(root, identity->id);
    char *text = xml_document_text(root);
    xml_free(root);
    return text;
}
