/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * New VM descriptions: see domain_build.h. The devices are those that guests of the last ten years have drivers for; the screen
 * is a VNC display that listens nowhere: it is reached only through libvirt's virDomainOpenGraphicsFD.
 */
#include "agent/domain_build.h"
#include "agent/domain_xml.h"
#include "agent/rbd_path.h"
#include "agent/xml_write.h"

#include <stdio.h>
#include <string.h>

bool guest_is_windows(const char *guest) { return guest && strncasecmp(guest, "win", 3) == 0; }

static bool is_x86(const DomainPlan *plan) { return str_equal(plan->platform->arch, "x86_64") || str_equal(plan->platform->arch, "i686"); }

/* Only the old PC has IDE. */
static bool needs_ide(const DomainPlan *plan)
{
    for (size_t i = 0; i < plan->disk_count; i++)
        if (plan->disks[i].bus == DISK_BUS_IDE)
            return true;
    return false;
}

static const char *machine_of(const DomainPlan *plan) { return is_x86(plan) && needs_ide(plan) ? "pc" : plan->platform->machine; }

static DiskBus cd_bus(const DomainPlan *plan)
{
    if (str_equal(machine_of(plan), "pc"))
        return DISK_BUS_IDE;
    return is_x86(plan) ? DISK_BUS_SATA : DISK_BUS_SCSI;
}

static void put_metadata(XmlText *xml, const VmCreateParams *params)
{
    if (str_empty(params->guest))
        return;
    xml_open(xml, "metadata");
    xml_open(xml, "poolcenter:vm");
    xml_put(xml, "xmlns:poolcenter", POOLCENTER_XMLNS);
    xml_leaf(xml, "poolcenter:guest", params->guest);
    xml_close(xml);
    xml_close(xml);
}

/* Without Microsoft's keys in it: many installation media are not signed with them. */
static void put_open_firmware(XmlText *xml)
{
    xml_open(xml, "firmware");
    xml_empty(xml, "feature", "enabled", "no", "name", "enrolled-keys", NULL);
    xml_close(xml);
}

static void put_os(XmlText *xml, const DomainPlan *plan)
{
    xml_open(xml, "os");
    if (plan->params->firmware == FIRMWARE_UEFI)
        xml_put(xml, "firmware", "efi");
    if (plan->params->firmware == FIRMWARE_UEFI && !guest_is_windows(plan->params->guest))
        put_open_firmware(xml);
    xml_open(xml, "type");
    if (plan->platform->arch)
        xml_put(xml, "arch", plan->platform->arch);
    if (machine_of(plan))
        xml_put(xml, "machine", machine_of(plan));
    xmlTextWriterWriteString(xml->writer, (const xmlChar *)"hvm");
    xml_close(xml);
    xml_empty(xml, "boot", "dev", "hd", NULL); /* an empty disk is passed over, so the installation medium comes next */
    xml_empty(xml, "boot", "dev", "cdrom", NULL);
    xml_empty(xml, "boot", "dev", "network", NULL);
    xml_close(xml);
}

static void put_features(XmlText *xml, const DomainPlan *plan)
{
    bool windows = guest_is_windows(plan->params->guest);
    xml_open(xml, "features");
    xml_empty(xml, "acpi", NULL);
    if (is_x86(plan))
        xml_empty(xml, "apic", NULL);
    if (windows && str_equal(plan->platform->type, "kvm")) {
        xml_open(xml, "hyperv");
        xml_empty(xml, "relaxed", "state", "on", NULL);
        xml_empty(xml, "vapic", "state", "on", NULL);
        xml_empty(xml, "spinlocks", "state", "on", "retries", "8191", NULL);
        xml_close(xml);
    }
    xml_close(xml);
    if (plan->platform->cpu_mode)
        xml_empty(xml, "cpu", "mode", plan->platform->cpu_mode, NULL);
    xml_empty(xml, "clock", "offset", windows ? "localtime" : "utc", NULL);
}

/* vda, sda, hda ...: letters count per name family, as guests and libvirt do. */
typedef struct Targets { int used[3]; } Targets;

static void next_target(Targets *targets, DiskBus bus, char ret[8])
{
    static const char *const prefixes[] = { "vd", "hd", "sd" };
    int family = bus == DISK_BUS_VIRTIO ? 0 : bus == DISK_BUS_IDE ? 1 : 2;
    int number = targets->used[family]++;
    if (number < 26)
        snprintf(ret, 8, "%s%c", prefixes[family], 'a' + number);
    else
        snprintf(ret, 8, "%s%c%c", prefixes[family], 'a' + number / 26 - 1, 'a' + number % 26);
}

static void put_disk(XmlText *xml, Targets *targets, const DomainDisk *disk)
{
    char target[8];
    next_target(targets, disk->bus, target);
    xml_open(xml, "disk");
    const char *image = rbd_path_name(disk->path);
    xml_put(xml, "type", image ? "network" : disk->block ? "block" : "file");
    xml_put(xml, "device", "disk");
    xml_empty(xml, "driver", "name", "qemu", "type", VolumeFormat_name(disk->format), "discard", "unmap", NULL);
    if (image)
        xml_empty(xml, "source", "protocol", "rbd", "name", image, NULL);
    else
        xml_empty(xml, "source", disk->block ? "dev" : "file", disk->path, NULL);
    xml_empty(xml, "target", "dev", target, "bus", DiskBus_name(disk->bus), NULL);
    xml_close(xml);
}

static void put_cd(XmlText *xml, Targets *targets, const DomainPlan *plan)
{
    char target[8];
    next_target(targets, cd_bus(plan), target);
    xml_open(xml, "disk");
    xml_put(xml, "type", "file");
    xml_put(xml, "device", "cdrom");
    xml_empty(xml, "driver", "name", "qemu", "type", "raw", NULL);
    if (plan->media)
        xml_empty(xml, "source", "file", plan->media, NULL);
    xml_empty(xml, "target", "dev", target, "bus", DiskBus_name(cd_bus(plan)), NULL);
    xml_empty(xml, "readonly", NULL);
    xml_close(xml);
}

static void put_nic(XmlText *xml, const DomainNic *nic)
{
    const char *kind = nic->host_bridge ? "bridge" : "network";
    xml_open(xml, "interface");
    xml_put(xml, "type", kind);
    xml_empty(xml, "source", kind, nic->name, NULL);
    xml_empty(xml, "model", "type", NicModel_name(nic->model), NULL);
    xml_close(xml);
}

static bool any_scsi(const DomainPlan *plan)
{
    for (size_t i = 0; i < plan->disk_count; i++)
        if (plan->disks[i].bus == DISK_BUS_SCSI)
            return true;
    return cd_bus(plan) == DISK_BUS_SCSI;
}

static void put_consoles(XmlText *xml, const DomainPlan *plan)
{
    bool virtio = plan->platform->video_virtio && !guest_is_windows(plan->params->guest);
    xml_empty(xml, "input", "type", "tablet", "bus", "usb", NULL); /* an absolute pointer */
    xml_open(xml, "graphics");
    xml_put(xml, "type", "vnc");
    xml_empty(xml, "listen", "type", "none", NULL);
    xml_close(xml);
    xml_open(xml, "video");
    xml_empty(xml, "model", "type", virtio ? "virtio" : "vga", NULL);
    xml_close(xml);
    xml_empty(xml, "serial", "type", "pty", NULL);
    xml_empty(xml, "console", "type", "pty", NULL);
    xml_open(xml, "channel");
    xml_put(xml, "type", "unix");
    xml_empty(xml, "target", "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
    xml_close(xml);
}

static void put_tpm(XmlText *xml)
{
    xml_open(xml, "tpm");
    xml_put(xml, "model", "tpm-crb");
    xml_empty(xml, "backend", "type", "emulator", "version", "2.0", NULL);
    xml_close(xml);
}

static void put_helpers(XmlText *xml)
{
    xml_empty(xml, "memballoon", "model", "virtio", NULL);
    xml_open(xml, "rng");
    xml_put(xml, "model", "virtio");
    xml_open(xml, "backend");
    xml_put(xml, "model", "random");
    xmlTextWriterWriteString(xml->writer, (const xmlChar *)"/dev/urandom");
    xml_close(xml);
    xml_close(xml);
}

/* A PCI Express machine has as many places for devices as ports; those that are left over take what is plugged in while it runs. */
static void put_ports(XmlText *xml, const DomainPlan *plan)
{
    enum { PORTS = 12 };
    const char *machine = str_or_empty(machine_of(plan));
    for (int i = 1; i <= PORTS && (str_equal(machine, "q35") || str_equal(machine, "virt")); i++) {
        char number[12];
        snprintf(number, sizeof number, "%d", i); /* 0 is the root, which libvirt adds */
        xml_empty(xml, "controller", "type", "pci", "index", number, "model", "pcie-root-port", NULL);
    }
}

static void put_devices(XmlText *xml, const DomainPlan *plan)
{
    Targets targets = { { 0 } };
    xml_open(xml, "devices");
    for (size_t i = 0; i < plan->disk_count; i++)
        put_disk(xml, &targets, &plan->disks[i]);
    put_cd(xml, &targets, plan);
    xml_empty(xml, "controller", "type", "usb", "model", "qemu-xhci", NULL);
    put_ports(xml, plan);
    if (any_scsi(plan))
        xml_empty(xml, "controller", "type", "scsi", "model", "virtio-scsi", NULL);
    for (size_t i = 0; i < plan->nic_count; i++)
        put_nic(xml, &plan->nics[i]);
    put_consoles(xml, plan);
    if (plan->params->tpm)
        put_tpm(xml);
    put_helpers(xml);
    xml_close(xml);
}

char *domain_xml(const DomainPlan *plan)
{
    XmlText xml = xml_text_begin();
    char vcpus[24];
    snprintf(vcpus, sizeof vcpus, "%lld", (long long)plan->params->vcpus);
    xml_open(&xml, "domain");
    xml_put(&xml, "type", plan->platform->type);
    xml_leaf(&xml, "name", plan->params->name);
    xml_leaf(&xml, "uuid", plan->id);
    if (!str_empty(plan->params->description))
        xml_leaf(&xml, "description", plan->params->description);
    put_metadata(&xml, plan->params);
    xml_leaf_size(&xml, "memory", plan->params->memory);
    xml_leaf(&xml, "vcpu", vcpus);
    put_os(&xml, plan);
    put_features(&xml, plan);
    put_devices(&xml, plan);
    xml_close(&xml);
    return xml_text_end(&xml);
}
