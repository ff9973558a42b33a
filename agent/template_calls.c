/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm.set_template: a VM that is off becomes a template, or a template a VM again. */
#include "agent/drivers.h"
#include "agent/image_chain.h"
#include "agent/request.h"
#include "agent/snapshots.h"
#include "agent/template.h"
#include "agent/vm_lock.h"

#include <stdlib.h>
#include <string.h>

typedef struct TemplateJob {
    Agent *agent;
    SnapshotVm vm;
    char *id;
    TemplateInfo *info; /* NULL: becomes a VM again */
    bool locked;
} TemplateJob;

static void job_free(void *context)
{
    TemplateJob *job = context;
    if (job->locked)
        vm_unlock(job->id);
    if (job->info) {
        TemplateInfo_clear(job->info);
        free(job->info);
    }
    snapshot_vm_close(&job->vm);
    free(job->id);
    free(job);
}

static int template_run(Task *task, void *context, Error *err)
{
    (void)task;
    TemplateJob *job = context;
    AUTO_FREE char *xml = snapshot_vm_definition(&job->vm, err);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domain", err) : NULL;
    if (!root)
        return err->code;
    template_set(root, job->info);
    AUTO_FREE char *changed = xml_document_text(root);
    xml_free(root);
    virConnectPtr conn = virDomainGetConnect(job->vm.domain);
    AUTO_DOMAIN defined = virDomainDefineXML(conn, changed);
    int code = defined ? 0 : virt_error(err, job->vm.info.name);
    if (code == 0 && job->info && virDomainSetAutostart(job->vm.domain, 0) < 0) {
        code = virt_error(err, job->vm.info.name);
        AUTO_DOMAIN before = virDomainDefineXML(conn, xml);
    }
    drivers_refresh_vm(job->agent->drivers, job->vm.owner, job->id);
    return code;
}

/* One more than the highest version there is. */
static int64_t next_version(Agent *agent, const char *family)
{
    AUTO(Inventory_clear) Inventory all = { 0 };
    int64_t version = 0;
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.vms.count; i++) {
        const TemplateInfo *other = all.vms.items[i].template;
        if (other && str_equal(other->family, family) && other->version > version)
            version = other->version;
    }
    return version + 1;
}

static int plan_template(TemplateJob *job, const VmSetTemplateParams *params, Error *err)
{
    const VmInfo *vm = &job->vm.info;
    VmInfo before;
    AUTO_FREE char *family = x_strdup(vm->name);
    if (vm->template)
        return error_set(err, ERR_IS_TEMPLATE, vm->name, NULL);
    if (job->vm.count)
        return error_set(err, ERR_NOT_SUPPORTED, vm->name, "it has snapshots; delete them first, or make a clone and turn that into a template");
    if (params->version_of) {
        if (!inventory_get_vm(job->agent->inventory, params->version_of, &before, NULL))
            return error_set(err, ERR_VM_NOT_FOUND, params->version_of, NULL);
        free(family);
        family = before.template ? x_strdup(before.template->family) : NULL;
        VmInfo_clear(&before);
    }
    if (!family)
        return error_set(err, ERR_NOT_SUPPORTED, vm->name, "the VM of which it shall be a version is no template");
    job->info = x_calloc(1, sizeof *job->info);
    *job->info = (TemplateInfo){ TAKE_PTR(family), 0, x_strdup(params->notes) };
    job->info->version = next_version(job->agent, job->info->family);
    return 0;
}

/* Once it runs, its disks change under the clones that stand on them. */
static int check_unused(const TemplateJob *job, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < job->vm.images.count && code == 0; i++)
        if (job->vm.images.items[i].path)
            code = image_check_free(job->agent, job->vm.images.items[i].path, job->id, job->vm.info.name, err);
    return code;
}

int handle_vm_set_template(Request *request, const VmSetTemplateParams *params, TaskRef *ret, Error *err)
{
    TemplateJob *job = x_calloc(1, sizeof *job);
    *job = (TemplateJob){ .agent = request->agent, .id = x_strdup(params->vm) };
    int code = snapshot_vm_open(request->agent, params->vm, &job->vm, err);
    if (code == 0) {
        request_object(request, params->vm, job->vm.info.name);
        code = vm_lock(params->vm, job->vm.info.name, "it becomes a template, or a VM again", err);
        job->locked = code == 0;
    }
    if (code == 0 && job->vm.info.state != VM_STATE_OFF)
        code = error_set(err, ERR_VM_WRONG_STATE, job->vm.info.name, "%s", VmState_name(job->vm.info.state));
    if (code == 0)
        code = params->template ? plan_template(job, params, err) : check_unused(job, err);
    if (code == 0)
        return request_task(request, OBJECT_VM, false, template_run, job_free, job, ret, err);
    job_free(job);
    return code;
}
