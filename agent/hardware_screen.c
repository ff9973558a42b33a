/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Screens for remote viewers and graphics cards from and to a VM's description: see vm_config_part.h. No libvirt calls; any thread. */
#include "agent/vm_config_part.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static char *graphic_key(xmlNode *node) { return xml_attribute(node, "type", LIMIT_NAME); }

const DeviceKind graphic_devices = { "graphics", graphic_key, NULL };
const DeviceKind video_devices = { "video", NULL, NULL };

/* ---------------------------------------------------------------- screens for remote viewers */

static char *listen_of(xmlNode *node)
{
    xmlNode *listen = xml_child(node, "listen");
    if (listen && !xml_attribute_is(listen, "type", "address"))
        return NULL;
    char *address = xml_attribute(listen, "address", LIMIT_NAME);
    return address ? address : xml_attribute(node, "listen", LIMIT_NAME);
}

static void read_graphic(xmlNode *node, const char *key, VmGraphic *ret)
{
    bool automatic = xml_attribute_is(node, "autoport", "yes");
    AUTO_FREE char *password = xml_attribute(node, "passwd", SIZE_MAX); /* however long: it is not told, only that there is one */
    *ret = (VmGraphic){
        .key = x_strdup(key),
        .type = xml_attribute(node, "type", LIMIT_NAME),
        .listen = listen_of(node),
        .port = automatic ? 0 : xml_attribute_number(node, "port"),
        .password = password != NULL,
        .keymap = xml_attribute(node, "keymap", LIMIT_NAME),
    };
    x_wipe(password, password ? strlen(password) : 0);
    if (!ret->listen) /* it has none then */
        ret->port = 0;
}

void graphics_read(xmlNode *root, VmGraphics *ret)
{
    DeviceNodes nodes;
    device_nodes_read(xml_child(root, "devices"), &graphic_devices, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        VmGraphic graphic;
        read_graphic(nodes.items[i].node, nodes.items[i].key, &graphic);
        VmGraphicList_add(&ret->items, &graphic);
    }
    device_nodes_clear(&nodes);
}

static bool is_address(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr(".:-", *p))
            return false;
    return *text != 0;
}

static int check_graphic(const Edit *edit, const VmGraphic *old, const VmGraphic *want)
{
    enum { PORT_LEAST = 1024, PORT_MOST = 65535, VNC_PASSWORD = 8 };
    if (text_differs(old->type, want->type) && !str_equal(want->type, "vnc") && !str_equal(want->type, "spice"))
        return edit_refuse(edit, "screens for remote viewers are vnc or spice");
    if (!str_empty(want->listen) && !is_address(want->listen))
        return edit_refuse(edit, "'%s' is no address to listen on", want->listen);
    if (want->port != old->port && want->port && (want->port < PORT_LEAST || want->port > PORT_MOST))
        return edit_refuse(edit, "the port of a screen is from %d to %d", PORT_LEAST, PORT_MOST);
    if (want->port && str_empty(want->listen))
        return edit_refuse(edit, "a screen that listens nowhere has no port");
    if (str_equal(want->type, "vnc") && want->new_password && strlen(want->new_password) > VNC_PASSWORD)
        return edit_refuse(edit, "VNC passwords have %d characters at most", VNC_PASSWORD);
    return 0;
}

static void write_listen(xmlNode *node, const VmGraphic *old, const VmGraphic *want)
{
    if (!text_differs(old->listen, want->listen) && old->port == want->port && xml_child(node, "listen"))
        return;
    xml_remove_all(node, "listen");
    xml_set(node, "listen", NULL);
    xmlNode *listen = xml_add(node, "listen");
    xml_set(listen, "type", str_empty(want->listen) ? "none" : "address");
    xml_set(listen, "address", str_empty(want->listen) ? NULL : want->listen);
    xml_set_number(node, "port", want->port);
    xml_set(node, "autoport", str_empty(want->listen) ? NULL : want->port ? "no" : "yes");
}

static int change_graphic(const Edit *edit, xmlNode *node, const void *item, bool is_new)
{
    const VmGraphic *want = item;
    VmGraphic old;
    read_graphic(node, want->key, &old);
    int code = check_graphic(edit, &old, want);
    if (code == 0) {
        if (is_new || text_differs(old.type, want->type))
            xml_set(node, "type", want->type);
        write_listen(node, &old, want);
        if (want->new_password)
            xml_set(node, "passwd", want->new_password);
        else if (!want->password)
            xml_set(node, "passwd", NULL);
        if (text_differs(old.keymap, want->keymap))
            xml_set(node, "keymap", str_empty(want->keymap) ? NULL : want->keymap);
    }
    VmGraphic_clear(&old);
    return code;
}

int graphics_write(const Edit *edit, const VmGraphics *old, const VmGraphics *want)
{
    (void)old;
    return devices_write(edit, &graphic_devices, want->items.items, want->items.count, sizeof(VmGraphic), change_graphic);
}

/* ---------------------------------------------------------------- graphics cards */

static void read_video(xmlNode *node, const char *key, VmVideo *ret)
{
    xmlNode *model = xml_child(node, "model");
    *ret = (VmVideo){
        .key = x_strdup(key),
        .model = xml_attribute(model, "type", LIMIT_NAME),
        .memory = xml_attribute_number(model, "vram") <= INT64_MAX / 1024 ? xml_attribute_number(model, "vram") * 1024 : 0,
        .heads = xml_attribute_number(model, "heads"),
        .accelerated = xml_attribute_is(xml_child(model, "acceleration"), "accel3d", "yes"),
    };
}

void video_read(xmlNode *root, VmVideos *ret)
{
    DeviceNodes nodes;
    device_nodes_read(xml_child(root, "devices"), &video_devices, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        VmVideo video;
        read_video(nodes.items[i].node, nodes.items[i].key, &video);
        VmVideoList_add(&ret->items, &video);
    }
    device_nodes_clear(&nodes);
}

/* Memory and screens of another model mean nothing to this one. */
static int change_video(const Edit *edit, xmlNode *node, const void *item, bool is_new)
{
    enum { MEMORY_LEAST = 64 << 10, MEMORY_MOST = 1 << 30, HEADS_MAX = 16 };
    const VmVideo *want = item;
    VmVideo old;
    read_video(node, want->key, &old);
    int code = 0;
    if (str_empty(want->model))
        code = edit_refuse(edit, "a graphics card has no model");
    else if (want->memory != old.memory && want->memory && (want->memory < MEMORY_LEAST || want->memory > MEMORY_MOST))
        code = edit_refuse(edit, "video memory is from 64 KiB to 1 GiB");
    else if (want->heads < 0 || want->heads > HEADS_MAX)
        code = edit_refuse(edit, "a graphics card has at most %d screens", HEADS_MAX);
    if (code == 0 && (is_new || text_differs(old.model, want->model))) {
        xml_remove_all(node, "model");
        xml_remove_all(node, "address");
        xml_set(xml_add(node, "model"), "type", want->model);
    }
    xmlNode *model = xml_child(node, "model");
    if (code == 0 && model) {
        if (want->memory != old.memory || text_differs(old.model, want->model))
            xml_set_number(model, "vram", want->memory / 1024);
        xml_set_number(model, "heads", want->heads);
        if (want->accelerated != old.accelerated)
            xml_remove_all(model, "acceleration");
        if (want->accelerated && !old.accelerated)
            xml_set(xml_add(model, "acceleration"), "accel3d", "yes");
    }
    VmVideo_clear(&old);
    return code;
}

int video_write(const Edit *edit, const VmVideos *old, const VmVideos *want)
{
    (void)old;
    return devices_write(edit, &video_devices, want->items.items, want->items.count, sizeof(VmVideo), change_video);
}
