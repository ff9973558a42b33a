/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptions of snapshots: see snapshot_xml.h. */
#include "agent/snapshot_xml.h"
#include "agent/disk_place.h"
#include "agent/rbd_path.h"
#include "agent/xml_edit.h"
#include "agent/xml_write.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(value) ((const xmlChar *)(value))

/* ---------------------------------------------------------------- disks of a domain */

void domain_images_clear(DomainImages *images)
{
    for (size_t i = 0; i < images->count; i++) {
        free(images->items[i].target);
        free(images->items[i].path);
        free(images->items[i].format);
    }
    free(images->items);
    StrList_clear(&images->others);
    *images = (DomainImages){ 0 };
}

const DomainImage *domain_images_find(const DomainImages *images, const char *target)
{
    for (size_t i = 0; i < images->count; i++)
        if (str_equal(images->items[i].target, target))
            return &images->items[i];
    return NULL;
}

static bool is_image(xmlNode *disk)
{
    AUTO_FREE char *device = xml_attribute(disk, "device", LIMIT_NAME);
    return (!device || str_equal(device, "disk")) && !xml_child(disk, "readonly") && !xml_child(disk, "shareable");
}

static DomainImage read_image(xmlNode *disk)
{
    xmlNode *source = xml_child(disk, "source");
    DomainImage image = {
        .target = xml_attribute(xml_child(disk, "target"), "dev", LIMIT_NAME),
        .path = xml_attribute(source, "file", LIMIT_PATH),
        .format = xml_attribute(xml_child(disk, "driver"), "type", LIMIT_NAME),
    };
    if (!image.path) {
        image.path = xml_attribute(source, "dev", LIMIT_PATH);
        image.block = image.path != NULL;
    }
    if (!image.format)
        image.format = x_strdup("raw");
    return image;
}

void domain_images_read(xmlNode *domain, DomainImages *ret)
{
    for (xmlNode *disk = xml_child(domain, "devices/disk"); disk && ret->count < LIMIT_DEVICES; disk = xml_next(disk, "disk")) {
        if (!is_image(disk)) {
            AUTO_FREE char *target = xml_attribute(xml_child(disk, "target"), "dev", LIMIT_NAME);
            if (target)
                StrList_add(&ret->others, target);
            continue;
        }
        ret->items = x_realloc(ret->items, ret->count + 1, sizeof *ret->items);
        ret->items[ret->count++] = read_image(disk);
    }
}

int domain_images_parse(const char *xml, DomainImages *ret, Error *err)
{
    xmlNode *root = xml_parse(xml, strlen(xml), "domain", err);
    if (!root)
        return ERR_LIBVIRT;
    domain_images_read(root, ret);
    xml_free(root);
    return 0;
}

/* ---------------------------------------------------------------- reading a snapshot */

void snapshot_facts_clear(SnapshotFacts *facts)
{
    SnapshotInfo_clear(&facts->info);
    free(facts->memory_file);
    domain_images_clear(&facts->images);
    *facts = (SnapshotFacts){ 0 };
}

static VmState state_of(xmlNode *root)
{
    AUTO_FREE char *state = xml_text(xml_child(root, "state"), LIMIT_NAME);
    if (str_equal(state, "running"))
        return VM_STATE_RUNNING;
    return str_equal(state, "paused") ? VM_STATE_PAUSED : VM_STATE_OFF;
}

static SnapshotStyle style_of(xmlNode *root)
{
    if (xml_attribute_is(xml_child(root, "memory"), "snapshot", "external"))
        return SNAPSHOT_STYLE_EXTERNAL;
    for (xmlNode *disk = xml_child(root, "disks/disk"); disk; disk = xml_next(disk, "disk"))
        if (xml_attribute_is(disk, "snapshot", "external"))
            return SNAPSHOT_STYLE_EXTERNAL;
    return SNAPSHOT_STYLE_INTERNAL;
}

int snapshot_xml_read(const char *xml, SnapshotFacts *ret, Error *err)
{
    xmlNode *root = xml_parse(xml, strlen(xml), "domainsnapshot", err);
    if (!root)
        return ERR_LIBVIRT;
    *ret = (SnapshotFacts){ .info = {
        .name = xml_text(xml_child(root, "name"), LIMIT_NAME),
        .description = xml_text(xml_child(root, "description"), LIMIT_TEXT),
        .parent = xml_text(xml_child(root, "parent/name"), LIMIT_NAME),
        .created = xml_number(xml_child(root, "creationTime")) * 1000,
        .state = state_of(root),
        .style = style_of(root),
    } };
    ret->info.memory = ret->info.state != VM_STATE_OFF;
    ret->memory_file = xml_attribute(xml_child(root, "memory"), "file", LIMIT_PATH);
    domain_images_read(xml_child(root, "domain"), &ret->images);
    xml_free(root);
    if (ret->info.name)
        return 0;
    snapshot_facts_clear(ret);
    return error_set(err, ERR_LIBVIRT, "domainsnapshot", "its description has no name");
}

/* ---------------------------------------------------------------- writing */

char *snapshot_xml_build(const char *name, const char *description, const DiskSwap *overlays, size_t count, const StrList *others, const char *memory_file)
{
    XmlText xml = xml_text_begin();
    xml_open(&xml, "domainsnapshot");
    xml_leaf(&xml, "name", name);
    if (!str_empty(description))
        xml_leaf(&xml, "description", description);
    if (count)
        xml_empty(&xml, "memory", "snapshot", memory_file ? "external" : "no", "file", memory_file, NULL);
    if (count)
        xml_open(&xml, "disks");
    for (size_t i = 0; i < count; i++) {
        xml_open(&xml, "disk");
        xml_put(&xml, "name", overlays[i].target);
        xml_put(&xml, "snapshot", "external");
        xml_put(&xml, "type", "file");
        xml_empty(&xml, "driver", "type", overlays[i].format, NULL);
        xml_empty(&xml, "source", "file", overlays[i].path, NULL);
        xml_close(&xml);
    }
    for (size_t i = 0; i < others->count && count; i++)
        xml_empty(&xml, "disk", "name", others->items[i], "snapshot", "no", NULL); /* or libvirt would try it with them, too */
    if (count)
        xml_close(&xml);
    xml_close(&xml);
    return xml_text_end(&xml);
}

char *xml_document_text(xmlNode *root)
{
    xmlChar *text = NULL;
    int length = 0;
    xmlDocDumpMemoryEnc(root->doc, &text, &length, "UTF-8");
    char *copy = x_strdup((const char *)text);
    xmlFree(text);
    return copy;
}

/* What libvirt has found below the old image does not hold for the new one. */
static void swap_disk(xmlNode *disk, const DiskSwap *swap)
{
    xml_remove(xml_child(disk, "backingStore"));
    xml_remove(xml_child(disk, "mirror"));
    xml_set(xml_need(disk, "driver"), "type", swap->format);
    if (rbd_path_is(swap->path) || xml_attribute_is(disk, "type", "network")) {
        disk_place_write(disk, swap->path);
        return;
    }
    xmlNode *source = xml_need(disk, "source");
    xml_set(source, "dev", NULL);
    xml_set(source, "index", NULL);
    xml_set(source, "file", swap->path);
    xml_set(disk, "type", "file");
}

static void swap_images(xmlNode *domain, const DiskSwap *swaps, size_t count)
{
    for (xmlNode *disk = xml_child(domain, "devices/disk"); disk; disk = xml_next(disk, "disk"))
        for (size_t i = 0; i < count; i++)
            if (xml_attribute_is(xml_child(disk, "target"), "dev", swaps[i].target))
                swap_disk(disk, &swaps[i]);
}

char *domain_xml_swap(const char *xml, const DiskSwap *swaps, size_t count)
{
    xmlNode *root = xml_parse(xml, strlen(xml), "domain", NULL);
    if (!root)
        return NULL;
    swap_images(root, swaps, count);
    char *text = xml_document_text(root);
    xml_free(root);
    return text;
}

static void set_description(xmlNode *root, const char *description)
{
    xml_set_leaf(root, "description", description);
}

char *snapshot_xml_swap(const char *xml, const DiskSwap *swaps, size_t count, const char *description)
{
    xmlNode *root = xml_parse(xml, strlen(xml), "domainsnapshot", NULL);
    if (!root)
        return NULL;
    swap_images(xml_child(root, "domain"), swaps, count);
    swap_images(xml_child(root, "inactiveDomain"), swaps, count);
    if (description)
        set_description(root, description);
    char *text = xml_document_text(root);
    xml_free(root);
    return text;
}

char *snapshot_xml_domain(const char *xml, const DiskSwap *swaps, size_t count)
{
    xmlNode *root = xml_parse(xml, strlen(xml), "domainsnapshot", NULL);
    xmlNode *domain = xml_child(root, "inactiveDomain");
    if (!domain)
        domain = xml_child(root, "domain");
    char *text = NULL;
    if (domain) {
        xmlDoc *document = xmlNewDoc(TEXT("1.0"));
        xmlNode *copy = xmlDocCopyNode(domain, document, 1);
        xmlNodeSetName(copy, TEXT("domain"));
        xmlDocSetRootElement(document, copy);
        swap_images(copy, swaps, count);
        text = xml_document_text(copy);
        xmlFreeDoc(document);
    }
    xml_free(root);
    return text;
}
