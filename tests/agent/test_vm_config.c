/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings written into descriptions that others have made: what cannot be told, because it is longer than the contract allows, is not touched. */
#include "tests/protocol/cmocka_all.h"

#include "agent/vm_config.h"
#include "agent/xml.h"

#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>

enum { LONG = 70000 };

static char words[LONG + 1];

/* With %s where something long stands. */
static const char description[] =
    "<domain type='kvm'><name>web</name><description>%s</description>"
    "<metadata><p:vm xmlns:p='urn:poolcenter:vm:1'><p:folder>%s</p:folder><p:notes>%s</p:notes><p:tag>%s</p:tag><p:tag>old</p:tag>"
    "<p:field name='plan'>%s</p:field><p:field name='owner'>me</p:field></p:vm></metadata>"
    "<memory>131072</memory><vcpu cpuset='%s'>2</vcpu><cputune><vcpupin vcpu='0' cpuset='%s'/><vcpupin vcpu='1' cpuset='0'/></cputune>"
    "<os><type>hvm</type></os><devices>"
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/d'/><target dev='vda' bus='virtio'/><serial>%s</serial></disk>"
    "<disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='1'/><target dev='vdb' bus='virtio'/></disk>"
    "<disk type='block' device='lun'><source dev='/dev/sdx'/><target dev='vdc' bus='virtio'/></disk>"
    "<graphics type='spice' passwd='%s'><listen type='none'/></graphics></devices></domain>";

static xmlNode *parse(void)
{
    AUTO_FREE char *text = NULL;
    memset(words, '7', LONG);
    text = x_printf(description, words, words, words, words, words, words, words, words, words);
    xmlNode *root = xml_parse(text, strlen(text), "domain", NULL);
    assert_non_null(root);
    return root;
}

/* What libxml2 itself finds there; path without namespaces. */
static void expect(xmlNode *root, const char *path, const char *wanted)
{
    xmlXPathContext *context = xmlXPathNewContext(root->doc);
    xmlXPathRegisterNs(context, (const xmlChar *)"p", (const xmlChar *)"urn:poolcenter:vm:1");
    AUTO_FREE char *expression = x_printf("string(%s)", path);
    xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)expression, context);
    assert_non_null(found);
    if (strcmp((const char *)found->stringval, wanted) != 0)
        fail_msg("%s is '%.40s' with %zu bytes", path, found->stringval, strlen((const char *)found->stringval));
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
}

static void expect_all_long(xmlNode *root)
{
    expect(root, "/domain/description", words);
    expect(root, "//p:folder", words);
    expect(root, "//p:notes", words);
    expect(root, "//p:tag[string-length() > 1000]", words);
    expect(root, "//p:field[@name = 'plan']", words);
    expect(root, "/domain/vcpu/@cpuset", words);
    expect(root, "//vcpupin[@vcpu = 0]/@cpuset", words);
    expect(root, "//disk/serial", words);
    expect(root, "//graphics/@passwd", words);
}

static void write_config(xmlNode *root, const VmConfig *config)
{
    AUTO(error_clear) Error err = { 0 };
    if (vm_config_write(root, config, &err) < 0)
        fail_msg("refused: %s", err.message);
}

static void test_vm_config__what_is_too_long_to_be_told_stays(void **state)
{
    (void)state;
    xmlNode *root = parse();
    VmConfig config;
    vm_config_read(root, &config);
    assert_null(config.general->description);
    assert_null(config.disks->items.items[0].serial);
    assert_true(config.graphics->items.items[0].password);
    write_config(root, &config);
    expect_all_long(root);
    config.general->protected = true;
    config.cpu->count = 1;
    config.disks->items.items[0].readonly = true;
    config.graphics->items.items[0].keymap = x_strdup("de");
    write_config(root, &config);
    expect_all_long(root);
    expect(root, "count(//p:tag)", "2");
    expect(root, "count(//vcpupin)", "2");
    expect(root, "count(//disk[@type = 'nvme']/source[@namespace = 1] | //disk[@device = 'lun']/source[@dev = '/dev/sdx'])", "2");
    expect(root, "count(//p:protected | //disk/readonly | //graphics[@keymap = 'de'])", "3");
    VmConfig_clear(&config);
    xml_free(root);
}

static void test_vm_config__its_neighbours_can_be_changed(void **state)
{
    (void)state;
    xmlNode *root = parse();
    VmConfig config;
    vm_config_read(root, &config);
    VmField added = { x_strdup("place"), x_strdup("here") };
    VmFieldList_add(&config.general->fields, &added);
    free(config.general->tags.items[0]);
    config.general->tags.items[0] = x_strdup("new");
    free(config.cpu->pins.items[0].cpus);
    config.cpu->pins.items[0].cpus = x_strdup("1");
    write_config(root, &config);
    expect_all_long(root);
    expect(root, "count(//p:tag)", "2");
    expect(root, "//p:tag[string-length() < 1000]", "new");
    expect(root, "count(//p:field)", "3");
    expect(root, "//p:field[@name = 'place']", "here");
    expect(root, "//p:field[@name = 'owner']", "me");
    expect(root, "//vcpupin[@vcpu = 1]/@cpuset", "1");
    VmConfig_clear(&config);
    xml_free(root);
}

static void test_vm_config__what_is_told_can_be_taken_away(void **state)
{
    (void)state;
    xmlNode *root = parse();
    VmConfig config;
    vm_config_read(root, &config);
    StrList_clear(&config.general->tags);
    VmFieldList_clear(&config.general->fields);
    CpuPinList_clear(&config.cpu->pins);
    config.general->description = x_strdup("short");
    config.disks->items.items[0].serial = x_strdup("S1");
    config.graphics->items.items[0].password = false;
    write_config(root, &config);
    expect(root, "count(//p:tag)", "1");
    expect(root, "count(//p:field)", "0");
    expect(root, "count(//vcpupin)", "1");
    expect(root, "/domain/description", "short");
    expect(root, "//disk/serial", "S1");
    expect(root, "count(//graphics/@passwd)", "0");
    VmConfig_clear(&config);
    xml_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vm_config__what_is_too_long_to_be_told_stays),
        cmocka_unit_test(test_vm_config__its_neighbours_can_be_changed),
        cmocka_unit_test(test_vm_config__what_is_told_can_be_taken_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
