/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptions of snapshots, clones and templates: what is read, what is changed, and what must stay as it is. */
#include "tests/protocol/cmocka_all.h"

#include "agent/clone_xml.h"
#include "agent/domain_xml.h"
#include "agent/snapshot_xml.h"
#include "agent/template.h"
#include "agent/vm_general.h"
#include "agent/xml_edit.h"

#include <stdlib.h>
#include <string.h>

static const char domain[] =
    "<domain type='kvm' id='7'><name>web</name><uuid>11111111-2222-3333-4444-555555555555</uuid><title>t</title><genid>aaaa</genid>"
    "<metadata><other:x xmlns:other='urn:other'>kept</other:x><p:vm xmlns:p='" POOLCENTER_XMLNS "'><p:guest>debian12</p:guest><p:protected/></p:vm></metadata>"
    "<memory unit='MiB'>64</memory><vcpu>1</vcpu><sysinfo type='smbios'><system><entry name='uuid'>11111111-2222-3333-4444-555555555555</entry></system></sysinfo>"
    "<os firmware='efi'><type>hvm</type><nvram template='/t.fd'>/n/web_VARS.fd</nvram></os><devices>"
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/><source file='/d/web.qcow2' index='2'/>"
    "<backingStore type='file'><source file='/d/below'/></backingStore><target dev='vda'/></disk>"
    "<disk type='file' device='cdrom'><source file='/d/a.iso'/><target dev='sda'/><readonly/></disk>"
    "<disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='/dev/vg/lv'/><target dev='vdb'/></disk>"
    "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><target dev='vnet3'/></interface>"
    "<channel type='unix'><source mode='bind' path='/run/web.agent'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
    "</devices></domain>";

static char *snapshot_of(const char *inside)
{
    return x_printf("<domainsnapshot><name>a &amp; b</name><state>running</state><parent><name>before</name></parent><creationTime>1700000000</creationTime>"
                    "<memory snapshot='external' file='/d/web.mem'/><disks><disk name='vda' snapshot='external'><source file='/d/over'/></disk></disks>%s</domainsnapshot>", inside);
}

static void test_snapshot_xml__is_read(void **state)
{
    (void)state;
    AUTO_FREE char *xml = snapshot_of(domain);
    SnapshotFacts facts;
    assert_int_equal(snapshot_xml_read(xml, &facts, NULL), 0);
    assert_string_equal(facts.info.name, "a & b");
    assert_string_equal(facts.info.parent, "before");
    assert_int_equal(facts.info.created, 1700000000000);
    assert_int_equal(facts.info.style, SNAPSHOT_STYLE_EXTERNAL);
    assert_true(facts.info.memory);
    assert_string_equal(facts.memory_file, "/d/web.mem");
    assert_int_equal(facts.images.count, 2); /* not the CD drive */
    assert_string_equal(facts.images.items[0].path, "/d/web.qcow2");
    assert_true(facts.images.items[1].block);
    snapshot_facts_clear(&facts);
}

static void test_snapshot_xml__broken_ones_are_refused(void **state)
{
    (void)state;
    static const char *const broken[] = { "", "<domainsnapshot/>", "<domain/>", "<domainsnapshot><name>x", "nonsense" };
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
        AUTO(error_clear) Error err = { 0 };
        SnapshotFacts facts;
        assert_true(snapshot_xml_read(broken[i], &facts, &err) < 0);
        assert_null(snapshot_xml_swap("<domain/>", NULL, 0, NULL));
    }
}

static void test_snapshot_xml__images_are_swapped_in_the_domain_only(void **state)
{
    (void)state;
    AUTO_FREE char *xml = snapshot_of(domain);
    DiskSwap swap = { "vda", "/d/new & old.qcow2", "qcow2" };
    AUTO_FREE char *changed = snapshot_xml_swap(xml, &swap, 1, "new <words>");
    assert_non_null(strstr(changed, "file=\"/d/new &amp; old.qcow2\""));
    assert_non_null(strstr(changed, "<source file=\"/d/over\"/>"));
    assert_non_null(strstr(changed, "new &lt;words&gt;"));
    assert_null(strstr(changed, "backingStore"));
    assert_null(strstr(changed, "index="));
    AUTO_FREE char *inside = snapshot_xml_domain(xml, &swap, 1);
    assert_non_null(strstr(inside, "<domain type=\"kvm\""));
    assert_null(strstr(inside, "domainsnapshot"));
}

static void test_snapshot_xml__a_new_one_is_written(void **state)
{
    (void)state;
    DiskSwap overlay = { "vda", "/d/over.qcow2", "qcow2" };
    AUTO(StrList_clear) StrList others = { 0 };
    StrList_add(&others, "sda");
    AUTO_FREE char *external = snapshot_xml_build("a<b", "d", &overlay, 1, &others, "/d/m.mem");
    assert_non_null(strstr(external, "<disk name=\"sda\" snapshot=\"no\"/>"));
    assert_non_null(strstr(external, "<name>a&lt;b</name>"));
    assert_non_null(strstr(external, "<memory snapshot=\"external\" file=\"/d/m.mem\"/>"));
    AUTO_FREE char *internal = snapshot_xml_build("a", NULL, NULL, 0, &others, NULL);
    assert_null(strstr(internal, "<disks>"));
    assert_null(strstr(internal, "<memory"));
}

static void test_clone_xml__has_an_identity_of_its_own(void **state)
{
    (void)state;
    static const char id[] = "99999999-2222-3333-4444-555555555555";
    static const char *const gone[] = { "11111111-", "52:54:00", "vnet3", "web.agent", "web_VARS", "protected", "<title>", "aaaa", "id=\"7\"", "<name>web</name>" };
    static const char *const kept[] = { "kept", "debian12", "org.qemu.guest_agent.0", "/d/a.iso", "template=\"/t.fd\"", "discard=\"unmap\"", "network=\"default\"" };
    DiskSwap swaps[] = { { "vda", "/d/copy.qcow2", "qcow2" }, { "vdb", "/d/copy-2.qcow2", "qcow2" } };
    AUTO_FREE char *xml = clone_xml(domain, &(CloneIdentity){ "copy <1>", id, "text" }, swaps, 2, NULL);
    assert_non_null(xml);
    for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
        if (strstr(xml, gone[i]))
            fail_msg("%s is still there:\n%s", gone[i], xml);
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
        if (!strstr(xml, kept[i]))
            fail_msg("%s is missing:\n%s", kept[i], xml);
    assert_non_null(strstr(xml, "<name>copy &lt;1&gt;</name>"));
    DomainImages images = { 0 };
    assert_int_equal(domain_images_parse(xml, &images, NULL), 0);
    assert_string_equal(domain_images_find(&images, "vdb")->path, "/d/copy-2.qcow2");
    assert_false(domain_images_find(&images, "vdb")->block);
    domain_images_clear(&images);
}

static void test_template__comes_and_goes(void **state)
{
    (void)state;
    xmlNode *root = xml_parse(domain, strlen(domain), "domain", NULL);
    TemplateInfo info = { "debian", 3, "what is <new>" };
    assert_null(template_read(root));
    xml_set(xml_add(vm_metadata_need(root), "start"), "with_host", "yes");
    template_set(root, &info);
    assert_null(xml_child(vm_metadata(root), "start"));
    AUTO_FREE char *text = xml_document_text(root);
    VmInfo vm;
    assert_int_equal(domain_xml_read(text, strlen(text), &vm, NULL), 0);
    assert_string_equal(vm.template->family, "debian");
    assert_int_equal(vm.template->version, 3);
    assert_string_equal(vm.template->notes, "what is <new>");
    assert_string_equal(vm.guest, "debian12");
    VmInfo_clear(&vm);
    template_set(root, NULL);
    assert_null(template_read(root));
    xml_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshot_xml__is_read),
        cmocka_unit_test(test_snapshot_xml__broken_ones_are_refused),
        cmocka_unit_test(test_snapshot_xml__images_are_swapped_in_the_domain_only),
        cmocka_unit_test(test_snapshot_xml__a_new_one_is_written),
        cmocka_unit_test(test_clone_xml__has_an_identity_of_its_own),
        cmocka_unit_test(test_template__comes_and_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
