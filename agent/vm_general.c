/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What people write about a VM, and how it starts with the host: see vm_config_part.h and vm_general.h. libvirt has a place for name and
 * description; the rest is an element of ours in its <metadata>, which libvirt keeps as it is.
 */
#include "agent/vm_general.h"
#include "agent/domain_xml.h"
#include "agent/vm_config_part.h"

#include <stdlib.h>
#include <string.h>

static bool in_namespace(const xmlNode *node, const char *name)
{
    return xml_is(node, name) && node->ns && str_equal((const char *)node->ns->href, POOLCENTER_XMLNS);
}

xmlNode *vm_metadata(xmlNode *root)
{
    for (xmlNode *node = xml_child(root, "metadata/vm"); node; node = xml_next(node, "vm"))
        if (in_namespace(node, "vm"))
            return node;
    return NULL;
}

/* ---------------------------------------------------------------- reading */

static void read_texts(xmlNode *ours, const char *name, size_t limit, StrList *ret)
{
    for (xmlNode *node = xml_child(ours, name); node && ret->count < limit; node = xml_next(node, name)) {
        AUTO_FREE char *text = xml_text(node, LIMIT_NAME);
        if (!str_empty(text))
            StrList_add(ret, text);
    }
}

static void read_fields(xmlNode *ours, VmFieldList *ret)
{
    for (xmlNode *node = xml_child(ours, "field"); node && ret->count < LIMIT_FIELDS; node = xml_next(node, "field")) {
        AUTO_FREE char *value = xml_text(node, LIMIT_TEXT);
        VmField field = { xml_attribute(node, "name", LIMIT_NAME), str_empty(value) ? NULL : TAKE_PTR(value) };
        if (field.name)
            VmFieldList_add(ret, &field);
        VmField_clear(&field);
    }
}

void general_read(xmlNode *root, VmGeneral *ret)
{
    xmlNode *ours = vm_metadata(root);
    ret->name = xml_text(xml_child(root, "name"), LIMIT_NAME);
    ret->description = xml_text(xml_child(root, "description"), LIMIT_TEXT);
    ret->guest = xml_text(xml_child(ours, "guest"), LIMIT_NAME);
    ret->folder = xml_text(xml_child(ours, "folder"), LIMIT_NAME);
    ret->notes = xml_text(xml_child(ours, "notes"), LIMIT_NOTES);
    ret->protected = xml_child(ours, "protected") != NULL;
    read_texts(ours, "tag", LIMIT_TAGS, &ret->tags);
    read_fields(ours, &ret->fields);
}

void startup_read(xmlNode *root, VmStartup *ret)
{
    xmlNode *start = xml_child(vm_metadata(root), "start");
    ret->autostart = xml_attribute_is(start, "with_host", "yes");
    ret->order = xml_attribute_number(start, "order");
    ret->delay = xml_attribute_number(start, "delay");
}

void vm_metadata_read(xmlNode *root, VmInfo *vm)
{
    VmGeneral general = { 0 };
    general_read(root, &general);
    vm->guest = TAKE_PTR(general.guest);
    vm->folder = TAKE_PTR(general.folder);
    vm->protected = general.protected;
    vm->tags = general.tags;
    general.tags = (StrList){ 0 };
    VmGeneral_clear(&general);
    VmStartup startup = { 0 };
    startup_read(root, &startup);
    vm->autostart = startup.autostart;
}

static void forget_namespaces(xmlNode *node)
{
    for (; node; node = node->next) {
        node->ns = NULL;
        forget_namespaces(node->children);
    }
}

char *vm_metadata_text(xmlNode *root)
{
    xmlNode *ours = vm_metadata(root);
    xmlDoc *document = ours ? xmlNewDoc((const xmlChar *)"1.0") : NULL;
    if (!document)
        return NULL;
    xmlNode *copy = xmlDocCopyNode(ours, document, 1);
    xmlDocSetRootElement(document, copy);
    forget_namespaces(copy);
    xmlFreeNsList(copy->nsDef);
    copy->nsDef = NULL;
    char *text = xml_to_text(copy);
    xmlFreeDoc(document);
    return text;
}

/* ---------------------------------------------------------------- writing */

xmlNode *vm_metadata_need(xmlNode *root)
{
    xmlNode *ours = vm_metadata(root);
    if (ours)
        return ours;
    ours = xml_add(xml_need(root, "metadata"), "vm");
    xmlNs *space = xmlNewNs(ours, (const xmlChar *)POOLCENTER_XMLNS, (const xmlChar *)"poolcenter");
    if (!space)
        abort();
    xmlSetNs(ours, space);
    return ours;
}

void vm_metadata_tidy(xmlNode *root)
{
    xmlNode *ours = vm_metadata(root);
    if (ours && xmlChildElementCount(ours) == 0)
        xml_remove(ours);
    xml_remove_empty(xml_child(root, "metadata"));
}

int vm_name_check(const char *name, Error *err)
{
    enum { NAME_MAX_BYTES = 200 }; /* libvirt makes file names of it */
    const char *wrong = NULL;
    if (name[strspn(name, " ")] == 0)
        wrong = "it is empty";
    else if (*name == ' ' || name[strlen(name) - 1] == ' ')
        wrong = "it begins or ends with a space";
    else if (strlen(name) > NAME_MAX_BYTES)
        wrong = "it is longer than 200 bytes";
    else if (strchr(name, '/') || str_equal(name, ".") || str_equal(name, ".."))
        wrong = "it must not contain a slash or consist of dots only";
    for (const char *p = name; *p && !wrong; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            wrong = "it contains a control character";
    return wrong ? error_set(err, ERR_VM_NAME_INVALID, name, "%s", wrong) : 0;
}

/* XML has no place for control characters, except those of lines. */
static int check_text(const Edit *edit, const char *what, const char *text)
{
    for (const char *p = str_or_empty(text); *p; p++)
        if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t' && *p != '\r') || *p == 0x7f)
            return edit_refuse(edit, "%s contains a control character", what);
    return 0;
}

static int check_texts(const Edit *edit, const VmGeneral *want)
{
    int code = check_text(edit, "the description", want->description);
    if (code == 0)
        code = check_text(edit, "the notes", want->notes);
    if (code == 0)
        code = check_text(edit, "the folder", want->folder);
    if (code == 0)
        code = check_text(edit, "the guest kind", want->guest);
    for (size_t i = 0; i < want->tags.count && code == 0; i++)
        code = str_empty(want->tags.items[i]) || strlen(want->tags.items[i]) > LIMIT_NAME ? edit_refuse(edit, "a tag is empty or too long")
            : check_text(edit, "a tag", want->tags.items[i]);
    for (size_t i = 0; i < want->fields.count && code == 0; i++) {
        const VmField *field = &want->fields.items[i];
        code = str_empty(field->name) ? edit_refuse(edit, "a custom field has no name") : check_text(edit, "a custom field", field->name);
        if (code == 0)
            code = check_text(edit, "a custom field", field->value);
    }
    return code;
}

static bool tag_is_told(xmlNode *node)
{
    AUTO_FREE char *text = xml_text(node, LIMIT_NAME);
    return !str_empty(text);
}

static bool field_is_told(xmlNode *node)
{
    AUTO_FREE char *name = xml_attribute(node, "name", LIMIT_NAME);
    return name != NULL;
}

/* The first count of those that are told; what is too long to be told, or one too many, stays. */
static void remove_told(xmlNode *ours, const char *name, size_t count, bool (*is_told)(xmlNode *node))
{
    for (xmlNode *node = xml_child(ours, name); node && count;) {
        xmlNode *next = xml_next(node, name);
        if (is_told(node)) {
            xml_remove(node);
            count--;
        }
        node = next;
    }
}

static void write_tags(xmlNode *ours, const StrList *old, const StrList *want)
{
    bool same = old->count == want->count;
    for (size_t i = 0; i < want->count && same; i++)
        same = str_equal(old->items[i], want->items[i]);
    if (same)
        return;
    remove_told(ours, "tag", old->count, tag_is_told);
    for (size_t i = 0; i < want->count; i++)
        xml_set_text(xml_add(ours, "tag"), want->items[i]);
}

/* The value of that field, if it is too long to be told; NULL: it is not. */
static char *long_value(xmlNode *ours, const char *name)
{
    for (xmlNode *node = xml_child(ours, "field"); node; node = xml_next(node, "field")) {
        AUTO_FREE char *told = xml_text(node, LIMIT_TEXT);
        if (!told && xml_attribute_is(node, "name", name))
            return xml_text(node, SIZE_MAX);
    }
    return NULL;
}

static void write_fields(xmlNode *ours, const VmFieldList *old, const VmFieldList *want)
{
    bool same = old->count == want->count;
    for (size_t i = 0; i < want->count && same; i++)
        same = str_equal(old->items[i].name, want->items[i].name) && !text_differs(old->items[i].value, want->items[i].value);
    if (same)
        return;
    for (size_t i = 0; i < want->count; i++) {
        const VmField *field = &want->items[i];
        AUTO_FREE char *kept = str_empty(field->value) ? long_value(ours, field->name) : NULL;
        xmlNode *node = xml_add(ours, "field");
        xml_set(node, "name", field->name);
        xml_set_text(node, kept ? kept : str_or_empty(field->value));
    }
    remove_told(ours, "field", old->count, field_is_told);
}

int general_write(const Edit *edit, const VmGeneral *old, const VmGeneral *want)
{
    int code = text_differs(old->name, want->name) ? vm_name_check(want->name, edit->err) : 0;
    if (code == 0)
        code = check_texts(edit, want);
    if (code < 0)
        return code;
    xmlNode *ours = vm_metadata_need(edit->root);
    xml_set_leaf(edit->root, "name", want->name);
    edit_leaf(edit->root, "description", old->description, want->description);
    edit_leaf(ours, "guest", old->guest, want->guest);
    edit_leaf(ours, "folder", old->folder, want->folder);
    edit_leaf(ours, "notes", old->notes, want->notes);
    xml_set_flag(ours, "protected", want->protected);
    write_tags(ours, &old->tags, &want->tags);
    write_fields(ours, &old->fields, &want->fields);
    vm_metadata_tidy(edit->root);
    return 0;
}

int startup_write(const Edit *edit, const VmStartup *old, const VmStartup *want)
{
    enum { ORDER_MAX = 100000, DELAY_MAX = 3600 };
    (void)old;
    if (want->order < 0 || want->order > ORDER_MAX)
        return edit_refuse(edit, "the start order is a number from 1 to %d", ORDER_MAX);
    if (want->delay < 0 || want->delay > DELAY_MAX)
        return edit_refuse(edit, "the delay after its start is at most %d s", DELAY_MAX);
    if (want->autostart && xml_child(vm_metadata(edit->root), "template"))
        return edit_refuse(edit, "a template does not start, so not with the host either");
    xmlNode *ours = vm_metadata_need(edit->root);
    xml_remove_all(ours, "start");
    if (want->order || want->delay) {
        xmlNode *start = xml_add(ours, "start");
        xml_set(start, "with_host", want->autostart ? "yes" : "no");
        xml_set_number(start, "order", want->order);
        xml_set_number(start, "delay", want->delay);
    }
    vm_metadata_tidy(edit->root);
    return 0;
}
