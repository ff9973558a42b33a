# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign VMs for tests of the import: descriptions as VirtualBox 7 and VMware ESXi 7 write them, disks by qemu-img, archives by GNU tar, digests by coreutils."""
import os
import struct
import subprocess

VIRTUALBOX = """<?xml version="1.0"?>
<Envelope ovf:version="1.0" xml:lang="en-US" xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:vbox="http://www.virtualbox.org/ovf/machine">
  <References>
    <File ovf:id="file1" ovf:href="{disk}"/>
  </References>
  <DiskSection>
    <Info>List of the virtual disks used in the package</Info>
    <Disk ovf:capacity="{capacity}" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized" vbox:uuid="2e3a4b5c-1111-4222-8333-444455556666"/>
  </DiskSection>
  <NetworkSection>
    <Info>Logical networks used in the package</Info>
    <Network ovf:name="NAT">
      <Description>Logical network used by this appliance.</Description>
    </Network>
  </NetworkSection>
  <VirtualSystem ovf:id="Debian b\u00e4r">
    <Info>A virtual machine</Info>
    <ProductSection>
      <Info>Meta-information about the installed software</Info>
      <Product>Bear</Product>
      <Vendor>Honey &amp; Sons</Vendor>
      <Version>1.2</Version>
    </ProductSection>
    <AnnotationSection>
      <Info>A human-readable annotation</Info>
      <Annotation>Two lines
of words &lt;here&gt;</Annotation>
    </AnnotationSection>
    <EulaSection>
      <Info>License agreement for the virtual system</Info>
      <License>You may look, but not touch.</License>
    </EulaSection>
    <OperatingSystemSection ovf:id="96">
      <Info>The kind of installed guest operating system</Info>
      <Description>Debian_64</Description>
      <vbox:OSType ovf:required="false">Debian_64</vbox:OSType>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>Virtual hardware requirements for a virtual machine</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>Debian b\u00e4r</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>virtualbox-2.2</vssd:VirtualSystemType>
      </System>
      <Item>
        <rasd:Caption>2 virtual CPU</rasd:Caption>
        <rasd:Description>Number of virtual CPUs</rasd:Description>
        <rasd:ElementName>2 virtual CPU</rasd:ElementName>
        <rasd:InstanceID>1</rasd:InstanceID>
        <rasd:ResourceType>3</rasd:ResourceType>
        <rasd:VirtualQuantity>2</rasd:VirtualQuantity>
      </Item>
      <Item>
        <rasd:AllocationUnits>MegaBytes</rasd:AllocationUnits>
        <rasd:Caption>96 MB of memory</rasd:Caption>
        <rasd:Description>Memory Size</rasd:Description>
        <rasd:ElementName>96 MB of memory</rasd:ElementName>
        <rasd:InstanceID>2</rasd:InstanceID>
        <rasd:ResourceType>4</rasd:ResourceType>
        <rasd:VirtualQuantity>96</rasd:VirtualQuantity>
      </Item>
      <Item>
        <rasd:Address>0</rasd:Address>
        <rasd:Caption>sataController0</rasd:Caption>
        <rasd:Description>SATA Controller</rasd:Description>
        <rasd:ElementName>sataController0</rasd:ElementName>
        <rasd:InstanceID>3</rasd:InstanceID>
        <rasd:ResourceSubType>AHCI</rasd:ResourceSubType>
        <rasd:ResourceType>20</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:AddressOnParent>3</rasd:AddressOnParent>
        <rasd:AutomaticAllocation>false</rasd:AutomaticAllocation>
        <rasd:Caption>sound</rasd:Caption>
        <rasd:Description>Sound Card</rasd:Description>
        <rasd:ElementName>sound</rasd:ElementName>
        <rasd:InstanceID>4</rasd:InstanceID>
        <rasd:ResourceSubType>ensoniq1371</rasd:ResourceSubType>
        <rasd:ResourceType>35</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:AddressOnParent>0</rasd:AddressOnParent>
        <rasd:Caption>disk1</rasd:Caption>
        <rasd:Description>Disk Image</rasd:Description>
        <rasd:ElementName>disk1</rasd:ElementName>
        <rasd:HostResource>/disk/vmdisk1</rasd:HostResource>
        <rasd:InstanceID>5</rasd:InstanceID>
        <rasd:Parent>3</rasd:Parent>
        <rasd:ResourceType>17</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:AutomaticAllocation>true</rasd:AutomaticAllocation>
        <rasd:Caption>Ethernet adapter on 'NAT'</rasd:Caption>
        <rasd:Connection>NAT</rasd:Connection>
        <rasd:ElementName>Ethernet adapter on 'NAT'</rasd:ElementName>
        <rasd:InstanceID>6</rasd:InstanceID>
        <rasd:ResourceSubType>E1000</rasd:ResourceSubType>
        <rasd:ResourceType>10</rasd:ResourceType>
      </Item>
    </VirtualHardwareSection>
    <vbox:Machine ovf:required="false" version="1.19-linux" uuid="{{9d2ab7f4-3b3e-4a6a-9c42-1d2d3a4b5c6d}}" name="Debian b\u00e4r">
      <Hardware>
        <Firmware type="{firmware}"/>
      </Hardware>
    </vbox:Machine>
  </VirtualSystem>
</Envelope>
"""

VMWARE = """<?xml version="1.0" encoding="UTF-8"?>
<!--Generated by VMware ESX Server-->
<Envelope vmw:buildId="build-17867351" xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <References>
    <File ovf:href="{disk}" ovf:id="file1" ovf:size="{size}"/>
    <File ovf:href="{disk2}" ovf:id="file2" ovf:size="{size2}"/>
  </References>
  <DiskSection>
    <Info>Virtual disk information</Info>
    <Disk ovf:capacity="{capacity_mib}" ovf:capacityAllocationUnits="byte * 2^20" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized" ovf:populatedSize="65536"/>
    <Disk ovf:capacity="{capacity_mib}" ovf:capacityAllocationUnits="byte * 2^20" ovf:diskId="vmdisk2" ovf:fileRef="file2" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <NetworkSection>
    <Info>The list of logical networks</Info>
    <Network ovf:name="VM Network"><Description>The VM Network network</Description></Network>
  </NetworkSection>
  <VirtualSystem ovf:id="win-server">
    <Info>A virtual machine</Info>
    <Name>win-server</Name>
    <EulaSection><Info>An end-user license agreement</Info><License ovf:msgid="eula">ignored</License></EulaSection>
    <OperatingSystemSection ovf:id="112" vmw:osType="windows2019srv_64Guest">
      <Info>The kind of installed guest operating system</Info>
      <Description>Microsoft Windows Server 2019 (64-bit)</Description>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>Virtual hardware requirements</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>win-server</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>vmx-19</vssd:VirtualSystemType>
      </System>
      <Item>
        <rasd:AllocationUnits>hertz * 10^6</rasd:AllocationUnits>
        <rasd:Description>Number of Virtual CPUs</rasd:Description>
        <rasd:ElementName>4 virtual CPU(s)</rasd:ElementName>
        <rasd:InstanceID>1</rasd:InstanceID>
        <rasd:ResourceType>3</rasd:ResourceType>
        <rasd:VirtualQuantity>4</rasd:VirtualQuantity>
        <vmw:CoresPerSocket ovf:required="false">2</vmw:CoresPerSocket>
      </Item>
      <Item>
        <rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>
        <rasd:Description>Memory Size</rasd:Description>
        <rasd:ElementName>128MB of memory</rasd:ElementName>
        <rasd:InstanceID>2</rasd:InstanceID>
        <rasd:ResourceType>4</rasd:ResourceType>
        <rasd:VirtualQuantity>128</rasd:VirtualQuantity>
      </Item>
      <Item>
        <rasd:Address>0</rasd:Address>
        <rasd:Description>SCSI Controller</rasd:Description>
        <rasd:ElementName>SCSI Controller 1</rasd:ElementName>
        <rasd:InstanceID>3</rasd:InstanceID>
        <rasd:ResourceSubType>lsilogicsas</rasd:ResourceSubType>
        <rasd:ResourceType>6</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:Address>1</rasd:Address>
        <rasd:ElementName>IDE 1</rasd:ElementName>
        <rasd:InstanceID>4</rasd:InstanceID>
        <rasd:ResourceType>5</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:AddressOnParent>0</rasd:AddressOnParent>
        <rasd:ElementName>Hard Disk 1</rasd:ElementName>
        <rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource>
        <rasd:InstanceID>5</rasd:InstanceID>
        <rasd:Parent>3</rasd:Parent>
        <rasd:ResourceType>17</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:AddressOnParent>0</rasd:AddressOnParent>
        <rasd:ElementName>Hard Disk 2</rasd:ElementName>
        <rasd:HostResource>ovf:/disk/vmdisk2</rasd:HostResource>
        <rasd:InstanceID>6</rasd:InstanceID>
        <rasd:Parent>4</rasd:Parent>
        <rasd:ResourceType>17</rasd:ResourceType>
      </Item>
      <Item>
        <rasd:AddressOnParent>7</rasd:AddressOnParent>
        <rasd:AutomaticAllocation>true</rasd:AutomaticAllocation>
        <rasd:Connection>VM Network</rasd:Connection>
        <rasd:Description>VmxNet3 ethernet adapter on &quot;VM Network&quot;</rasd:Description>
        <rasd:ElementName>Ethernet 1</rasd:ElementName>
        <rasd:InstanceID>7</rasd:InstanceID>
        <rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType>
        <rasd:ResourceType>10</rasd:ResourceType>
        <vmw:Config ovf:required="false" vmw:key="wakeOnLanEnabled" vmw:value="true"/>
      </Item>
      <Item ovf:required="false">
        <rasd:ElementName>VMCI device</rasd:ElementName>
        <rasd:InstanceID>8</rasd:InstanceID>
        <rasd:ResourceSubType>vmware.vmci</rasd:ResourceSubType>
        <rasd:ResourceType>1</rasd:ResourceType>
      </Item>
      <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="{firmware}"/>
    </VirtualHardwareSection>
  </VirtualSystem>
  <Strings xml:lang="en-US"><Msg ovf:msgid="eula">The words of the agreement.</Msg></Strings>
</Envelope>
"""


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, **options).stdout.decode()


def disk(folder, name="content.raw", mib=24, seed=b"boot"):
    """A raw disk with something on it, and holes. Its path."""
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.truncate(mib << 20)
        file.write(seed * 1000)
        file.seek(5 << 20)
        file.write(os.urandom(3 << 20))
        file.seek((mib << 20) - 4096)
        file.write(seed * 100)
    return path


def convert(raw, path, kind, options=None):
    run("qemu-img", "convert", "-f", "raw", "-O", kind, *(["-o", options] if options else []), raw, path)
    return path


def vmdk(raw, path):
    return convert(raw, path, "vmdk", "subformat=streamOptimized")


def luks(path):
    """An encrypted image of 1 MiB by the on-disk format of LUKS 1: qemu-img makes none when the processor's time cannot be told well enough."""
    slots = b"".join(struct.pack(">II32sII", 0x0000DEAD if slot else 0x00AC71F3, 1000, bytes(32), 8 + 504 * slot, 4000) for slot in range(8))
    with open(path, "wb") as file:
        file.write(struct.pack(">6sH32s32s32sII20s32sI40s", b"LUKS\xba\xbe", 1, b"aes", b"xts-plain64", b"sha256", 4096, 64, bytes(20), bytes(32), 1000, b"1" * 36) + slots)
        file.truncate((4096 << 9) + (1 << 20))
    assert "encrypted: yes" in run("qemu-img", "info", path)


def manifest(folder, files, program="sha256sum", word="SHA256"):
    return "".join(f"{word}({name})= {run(program, os.path.join(folder, name)).split()[0]}\n" for name in files)


def tar(path, folder, files, *options):
    run("tar", "--format=ustar", *options, "-cf", path, "-C", folder, *files)
    return path


def virtualbox(folder, raw, name="bear", firmware="BIOS", digest=("sha1sum", "SHA1"), text=VIRTUALBOX, change=None):
    """An OVA as VirtualBox writes it: description, disk, manifest. change(folder): before the archive is made. Its path."""
    files = [f"{name}.ovf", f"{name}-disk001.vmdk"]
    vmdk(raw, os.path.join(folder, files[1]))
    with open(os.path.join(folder, files[0]), "w", encoding="utf-8") as file:
        file.write(text.format(disk=files[1], capacity=os.path.getsize(raw), firmware=firmware))
    if digest:
        with open(os.path.join(folder, f"{name}.mf"), "w", encoding="ascii") as file:
            file.write(manifest(folder, files, *digest))
        files.append(f"{name}.mf")
    if change:
        change(folder)
    return tar(os.path.join(folder, f"{name}.ova"), folder, files)


def vmware(folder, raw, second, name="win", firmware="efi", archive=True, nvram=False):
    """A package as VMware writes it: description, manifest, two disks; nvram: and the firmware's variables, as vSphere adds them. The path of the OVA, or of
    the OVF."""
    disks = [f"{name}-disk1.vmdk", f"{name}-disk2.vmdk"]
    text = VMWARE
    for image, file in zip((raw, second), disks):
        vmdk(image, os.path.join(folder, file))
    more = [f"{name}-file1.nvram"] if nvram else []
    for file in more:
        with open(os.path.join(folder, file), "wb") as variables:
            variables.write(os.urandom(8684))
        text = text.replace("  </References>", f'    <File ovf:href="{file}" ovf:id="file3" ovf:size="8684"/>\n  </References>')
        text = text.replace("    </VirtualHardwareSection>", '      <vmw:ExtraConfig ovf:required="false" vmw:key="nvram" vmw:value="ovf:/file/file3"/>\n    </VirtualHardwareSection>')
    with open(os.path.join(folder, f"{name}.ovf"), "w", encoding="utf-8") as file:
        file.write(text.format(disk=disks[0], disk2=disks[1], size=os.path.getsize(os.path.join(folder, disks[0])),
                               size2=os.path.getsize(os.path.join(folder, disks[1])), capacity_mib=os.path.getsize(raw) >> 20, firmware=firmware))
    with open(os.path.join(folder, f"{name}.mf"), "w", encoding="ascii") as file:
        file.write(manifest(folder, [f"{name}.ovf", *disks, *more]))
    files = [f"{name}.ovf", f"{name}.mf", *disks, *more]
    return tar(os.path.join(folder, f"{name}.ova"), folder, files) if archive else os.path.join(folder, f"{name}.ovf")


# A choice of sizes (DSP0243, 9.8), ranges (8.4) and a disk without a file (9.1).

CONFIGURED = """<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
  <References><File ovf:href="{disk}" ovf:id="file1"/><File ovf:href="huge.vmdk" ovf:id="file2"/></References>
  <DiskSection><Info>Virtual disks</Info>
    <Disk ovf:capacity="{capacity}" ovf:diskId="system" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
    <Disk ovf:capacity="32" ovf:capacityAllocationUnits="byte * 2^20" ovf:diskId="scratch" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
    <Disk ovf:capacity="{capacity}" ovf:diskId="huge" ovf:fileRef="file2" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <DeploymentOptionSection><Info>Sizes</Info>
    <Configuration ovf:id="small"><Label>Small</Label><Description>To try it</Description></Configuration>
    <Configuration ovf:id="usual"{default}><Label>Usual</Label><Description>For most</Description></Configuration>
    <Configuration ovf:id="large"><Label>Large</Label><Description>For many</Description></Configuration>
  </DeploymentOptionSection>
  <VirtualSystem ovf:id="sized"><Info>A virtual machine</Info>
    <VirtualHardwareSection><Info>Hardware</Info>
      <Item><rasd:ElementName>CPU</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item>
      <Item ovf:bound="max"><rasd:ElementName>CPU</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>16</rasd:VirtualQuantity></Item>
      <Item ovf:configuration="usual extra"><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:ElementName>Memory</rasd:ElementName><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>96</rasd:VirtualQuantity></Item>
      <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:ElementName>Memory</rasd:ElementName><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>64</rasd:VirtualQuantity></Item>
      <Item><rasd:ElementName>SATA</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceSubType>AHCI</rasd:ResourceSubType><rasd:ResourceType>20</rasd:ResourceType></Item>
      <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ElementName>Disk</rasd:ElementName><rasd:HostResource>ovf:/disk/system</rasd:HostResource><rasd:InstanceID>4</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
      <Item><rasd:AddressOnParent>1</rasd:AddressOnParent><rasd:ElementName>Scratch</rasd:ElementName><rasd:HostResource>ovf:/disk/scratch</rasd:HostResource><rasd:InstanceID>5</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
      <Item><rasd:Connection>front</rasd:Connection><rasd:ElementName>Card</rasd:ElementName><rasd:InstanceID>6</rasd:InstanceID><rasd:ResourceSubType>E1000</rasd:ResourceSubType><rasd:ResourceType>10</rasd:ResourceType></Item>
      <Item ovf:configuration="small usual"><rasd:Connection>back</rasd:Connection><rasd:ElementName>Card</rasd:ElementName><rasd:InstanceID>7</rasd:InstanceID><rasd:ResourceSubType>E1000</rasd:ResourceSubType><rasd:ResourceType>10</rasd:ResourceType></Item>
      <Item ovf:configuration="large"><rasd:ElementName>CPU</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>8</rasd:VirtualQuantity></Item>
      <Item ovf:configuration="large"><rasd:AllocationUnits>byte * 2^30</rasd:AllocationUnits><rasd:ElementName>Memory</rasd:ElementName><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>64</rasd:VirtualQuantity></Item>
      <Item ovf:configuration="large"><rasd:AddressOnParent>2</rasd:AddressOnParent><rasd:ElementName>Huge</rasd:ElementName><rasd:HostResource>ovf:/disk/huge</rasd:HostResource><rasd:InstanceID>8</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
      <Item ovf:configuration="large"><rasd:Connection>more</rasd:Connection><rasd:ElementName>Card</rasd:ElementName><rasd:InstanceID>9</rasd:InstanceID><rasd:ResourceSubType>E1000</rasd:ResourceSubType><rasd:ResourceType>10</rasd:ResourceType></Item>
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
"""


def configured(folder, raw, name="sized", default=' ovf:default="true"', capacity=None):
    """A package with three configurations, and a second disk that is empty. The path of the OVF; its disk lies beside it."""
    disk_name = f"{name}-disk1.vmdk"
    vmdk(raw, os.path.join(folder, disk_name))
    text = CONFIGURED.format(disk=disk_name, capacity=os.path.getsize(raw), default=default)
    with open(os.path.join(folder, f"{name}.ovf"), "w", encoding="utf-8") as file:
        file.write(text.replace('ovf:capacity="32"', f'ovf:capacity="{capacity}"') if capacity is not None else text)
    return os.path.join(folder, f"{name}.ovf")


# Packages with several VMs, and with files stored as DSP0243 allows but few tools write (ovftool: --compress, --chunkSize).

PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
  <References>
{files}
  </References>
  <DiskSection><Info>Virtual disks</Info>
{disks}
  </DiskSection>
  <VirtualSystemCollection ovf:id="shop"><Info>A shop</Info>
    <EulaSection><Info>Agreement</Info><License>For all of the shop.</License></EulaSection>
{systems}
  </VirtualSystemCollection>
</Envelope>
"""
PACKED_SYSTEM = """    <VirtualSystem ovf:id="{id}"><Info>A virtual machine</Info><Name>{name}</Name>
      <VirtualHardwareSection><Info>Hardware</Info>
        <Item><rasd:ElementName>CPU</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>{vcpus}</rasd:VirtualQuantity></Item>
        <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:ElementName>Memory</rasd:ElementName><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>64</rasd:VirtualQuantity></Item>
        <Item><rasd:ElementName>SATA</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceSubType>AHCI</rasd:ResourceSubType><rasd:ResourceType>20</rasd:ResourceType></Item>
        <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ElementName>Disk</rasd:ElementName><rasd:HostResource>ovf:/disk/disk-{id}</rasd:HostResource><rasd:InstanceID>4</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
      </VirtualHardwareSection>
    </VirtualSystem>"""


def package(folder, machines, name="shop", capacity=24 << 20, archive=True):
    """A package of several VMs. machines: [(id, name, disk's file, more attributes of its File, files it is stored in)], made before. The path of the OVA or OVF."""
    files, disks, systems, stored = [], [], [], []
    for number, (machine, title, href, attributes, parts) in enumerate(machines, 1):
        files.append(f'    <File ovf:href="{href}" ovf:id="file{number}" {attributes}/>')
        disks.append(f'    <Disk ovf:capacity="{capacity}" ovf:diskId="disk-{machine}" ovf:fileRef="file{number}" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>')
        systems.append(PACKED_SYSTEM.format(id=machine, name=title, vcpus=number))
        stored += parts
    with open(os.path.join(folder, f"{name}.ovf"), "w", encoding="utf-8") as file:
        file.write(PACKAGE.format(files="\n".join(files), disks="\n".join(disks), systems="\n".join(systems)))
    with open(os.path.join(folder, f"{name}.mf"), "w", encoding="ascii") as file:
        file.write(manifest(folder, [f"{name}.ovf", *stored]))
    return tar(os.path.join(folder, f"{name}.ova"), folder, [f"{name}.ovf", f"{name}.mf", *stored]) if archive else os.path.join(folder, f"{name}.ovf")


def plain_part(folder, raw, href):
    """The disk as one file."""
    vmdk(raw, os.path.join(folder, href))
    return href, "", [href]


def packed_part(folder, raw, href):
    """The disk packed by gzip itself."""
    vmdk(raw, os.path.join(folder, "unpacked.vmdk"))
    with open(os.path.join(folder, href), "wb") as file:
        subprocess.run(["gzip", "-c", os.path.join(folder, "unpacked.vmdk")], stdout=file, check=True)
    return href, 'ovf:compression="gzip"', [href]


def chunked_part(folder, raw, href, chunk=1 << 20, packed=False):
    """The disk cut into pieces by coreutils' split, as ovftool names them; packed: by gzip before."""
    whole = os.path.join(folder, href)
    attributes = (packed_part if packed else plain_part)(folder, raw, href)[1]
    size = os.path.getsize(whole)
    run("split", "-b", chunk, "-d", "-a", "9", whole, whole + ".")
    os.unlink(whole)
    parts = sorted(name for name in os.listdir(folder) if name.startswith(href + "."))
    return href, f'{attributes} ovf:size="{size}" ovf:chunkSize="{chunk}"', parts
