/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm.get_xml and vm.set_xml: libvirt's own description, for what has no page in a dialog. Passwords are never shown; a description that comes
 * back without them keeps those that are set.
 */
#include "agent/drivers.h"
#include "agent/program.h"
#include "agent/request.h"
#include "agent/vm_change.h"
#include "agent/vm_general.h"
#include "agent/vm_lock.h"
#include "agent/vm_revisions.h"
#include "agent/xml_edit.h"

#include <libxml/xmlerror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int handle_vm_get_xml(Request *request, const VmXmlParams *params, VmXml *ret, Error *err)
{
    VmDefinition definition;
    int code = vm_definition_load(request->agent, params->vm, &definition, err);
    if (code < 0)
        return code;
    request_object(request, params->vm, definition.name);
    char *xml = NULL;
    if (params->active && !definition.running)
        code = error_set(err, ERR_VM_WRONG_STATE, definition.name, "%s", VmState_name(VM_STATE_OFF));
    else if (!(xml = virDomainGetXMLDesc(definition.domain, params->active ? 0 : VIR_DOMAIN_XML_INACTIVE)))
        code = virt_error(err, definition.name);
    else if (strlen(xml) > LIMIT_XML)
        code = error_set(err, ERR_NOT_SUPPORTED, definition.name, "its description is longer than %d bytes", LIMIT_XML);
    if (code == 0) {
        vm_revisions_put(request->agent->revisions, definition.revision, &definition.config);
        *ret = (VmXml){ .revision = x_strdup(definition.revision), .xml = x_strdup(xml) };
    }
    free(xml);
    vm_definition_clear(&definition);
    return code;
}

/* ---------------------------------------------------------------- vm.set_xml */

typedef struct XmlJob {
    Agent *agent;
    char *id;
    char *name;
    char *xml;
    int owner;
    char revision[LIMIT_DIGEST + 1];
} XmlJob;

static void xml_job_free(void *context)
{
    XmlJob *job = context;
    x_free_secret(job->xml);
    free(job->id);
    free(job->name);
    free(job);
}

static xmlNode *parse(const XmlJob *job, Error *err)
{
    xmlNode *root = xml_parse(job->xml, strlen(job->xml), "domain", NULL);
    if (root && !root->doc->intSubset)
        return root;
    if (root) { /* its entities could name files, or expand to more than there is memory */
        xml_free(root);
        error_set(err, ERR_VM_XML, job->name, "it has a document type declaration");
        return NULL;
    }
    const xmlError *last = xmlGetLastError();
    AUTO_FREE char *text = last && last->message ? x_strndup(last->message, strcspn(last->message, "\n")) : NULL;
    if (text)
        error_set(err, ERR_VM_XML, job->name, "line %d: %s", last->line, text);
    else
        error_set(err, ERR_VM_XML, job->name, "its first element is not <domain>");
    return NULL;
}

/* A description of another VM would replace that one. */
static int check_identity(const XmlJob *job, xmlNode *root, Error *err)
{
    AUTO_FREE char *id = xml_text(xml_child(root, "uuid"), LIMIT_NAME);
    AUTO_FREE char *name = xml_text(xml_child(root, "name"), LIMIT_NAME);
    if (!id || strcasecmp(id, job->id) != 0)
        return error_set(err, ERR_VM_XML, job->name, "it must keep its <uuid> %s", job->id);
    if (!name)
        return error_set(err, ERR_VM_XML, job->name, "it has no <name>");
    return str_equal(name, job->name) ? 0 : vm_name_check(name, err);
}

static void keep_passwords(xmlNode *from, xmlNode *to)
{
    static const char *const names[] = { "passwd", "passwdValidTo", "connected" };
    for (xmlNode *node = xml_child(to, "devices/graphics"); node; node = xml_next(node, "graphics")) {
        AUTO_FREE char *type = xml_attribute(node, "type", LIMIT_NAME);
        xmlNode *old = type ? vm_config_device(from, GROUP_GRAPHICS, type) : NULL;
        char *known = xml_attribute(node, "passwd", SIZE_MAX);
        for (size_t i = 0; i < ARRAY_SIZE(names) && old && !known; i++) {
            char *value = xml_attribute(old, names[i], SIZE_MAX);
            if (value)
                xml_set(node, names[i], value);
            x_free_secret(value);
        }
        x_free_secret(known);
    }
}

static int edit_xml(void *context, VmDefinition *definition, Error *err)
{
    XmlJob *job = context;
    xmlNode *root = parse(job, err);
    if (!root)
        return err->code;
    keep_passwords(definition->root, root);
    xml_free(definition->root);
    definition->root = root;
    return 0;
}

/* ---------------------------------------------------------------- only checking */

/* "/proc/self/fd/9:12: element foo: ..." names the memory it was read from; what people have is its lines. */
static int schema_refused(const XmlJob *job, const char *path, const char *words, Error *err)
{
    size_t length = strlen(path);
    bool named = strncmp(words, path, length) == 0 && words[length] == ':';
    return error_set(err, ERR_VM_XML, job->name, "libvirt's schema does not allow it: %s%s", named ? "line " : "", named ? words + length + 1 : words);
}

/* libvirt's schema by libvirt's own tool, where that is installed: virDomainDefineXML looks at the schema, but also defines. */
static int check_schema(const XmlJob *job, Task *task, Error *err)
{
    char path[40];
    int file = program_exists("virt-xml-validate") && program_exists("xmllint") ? memfd_create("domain", 0) : -1;
    if (file < 0)
        return 0;
    Error why = { 0 };
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    const char *const arguments[] = { "virt-xml-validate", path, "domain", NULL };
    const Program program = { .arguments = arguments, .kept = { file }, .task = task, .milliseconds = 30000, .first_words = true };
    bool written = write(file, job->xml, strlen(job->xml)) == (ssize_t)strlen(job->xml) && lseek(file, 0, SEEK_SET) == 0;
    int code = written ? program_run(&program, NULL, &why) : 0;
    if (code == ERR_PROGRAM_FAILED)
        code = schema_refused(job, path, str_or_empty(why.cause), err);
    else
        code = code == ERR_CANCELLED ? error_move(err, &why) : 0;
    error_clear(&why);
    close(file);
    return code;
}

/* libvirt reads it as if the VM was to be started. */
static int check_meaning(const XmlJob *job, Error *err)
{
    AUTO_CONN conn = NULL;
    int code = drivers_connection(job->agent->drivers, job->owner, &conn, err);
    if (code < 0 || !str_equal(virConnectGetType(conn), "QEMU"))
        return code;
    char *native = virConnectDomainXMLToNative(conn, "qemu-argv", job->xml, 0);
    if (!native) {
        AUTO_FREE char *text = virt_error_text();
        return error_set(err, ERR_VM_XML, job->name, "%s", text);
    }
    free(native);
    return 0;
}

static int check_run(Task *task, void *context, Error *err)
{
    XmlJob *job = context;
    int code = check_schema(job, task, err);
    return code < 0 ? code : check_meaning(job, err);
}

static int set_run(Task *task, void *context, Error *err)
{
    XmlJob *job = context;
    VmConfigured done;
    const VmChange change = { job->agent, job->id, job->name, job->revision, edit_xml, job, true, NULL, NULL };
    int code = vm_change_run(&change, task, &done, err);
    if (code == 0)
        vm_change_tell(task, &done);
    return code;
}

/* ---------------------------------------------------------------- the call */

static int check(XmlJob *job, const VmDefinition *definition, const char *revision, bool check_only, Error *err)
{
    int code = vm_change_check(job->agent, definition, revision, err);
    if (code == 0 && !check_only)
        code = vm_lock_check(job->id, job->name, err);
    if (code == 0 && !check_only)
        code = vm_change_check_saved(definition, NULL, err);
    if (code < 0)
        return code;
    xmlNode *root = parse(job, err);
    if (!root)
        return err->code;
    code = check_identity(job, root, err);
    xml_free(root);
    return code;
}

int handle_vm_set_xml(Request *request, const VmSetXmlParams *params, TaskRef *ret, Error *err)
{
    VmDefinition definition;
    int code = vm_definition_load(request->agent, params->vm, &definition, err);
    if (code < 0)
        return code;
    XmlJob *job = x_calloc(1, sizeof *job);
    *job = (XmlJob){ .agent = request->agent, .id = x_strdup(params->vm), .name = x_strdup(definition.name), .xml = x_strdup(params->xml),
                     .owner = definition.owner };
    memcpy(job->revision, definition.revision, sizeof job->revision);
    request_object(request, params->vm, definition.name);
    code = check(job, &definition, params->revision, params->check_only, err);
    vm_definition_clear(&definition);
    if (code == 0)
        return request_task(request, OBJECT_VM, false, params->check_only ? check_run : set_run, xml_job_free, job, ret, err);
    xml_job_free(job);
    return code;
}
