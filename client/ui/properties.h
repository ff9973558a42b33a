/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Properties dialog of a VM, and what its pages share. properties_dialog.c reads the VM's settings, shows the pages and applies what was changed as one task;
 * a page is a file properties_<area>_page.c with a PropertiesPage. Values live in box->edit (client/core/vm_edit.h), never in controls. UI thread.
 */
#ifndef POOLCENTER_PROPERTIES_H
#define POOLCENTER_PROPERTIES_H

#include "client/ui/app.h"
#include "client/ui/fields.h"
#include "client/win/book.h"

typedef struct Properties {
    Server *server;
    char vm[LIMIT_UUID + 1];
    Book *book;
    Dialog *dialog;
    VmEdit edit;
    VmPage pages[VM_PAGE_COUNT];  /* of the book's pages */
    size_t page_count;
    bool loaded, read_only, busy, closing, filling;
    char *why_read_only;
    char *failure;                /* sentence of an answer that is shown as soon as no answer is being handled */
    int failure_code;
    VmDetails news;               /* read again, not yet looked at; config NULL: none */
    bool reload;
    VmState seen;                 /* as the inventory had it when the settings were read */
    bool applied;                 /* a task has ended well */
    bool settle;                  /* it set all values that are shown */
    char *configured;             /* what the last task told */
    StrList boot;                 /* Boot: devices as the list shows them */
    GuestKindTable kinds;         /* General: the host's guest kinds, once it has told them */
    bool kinds_asked, kinds_shown;
    bool cpu_maximum_typed, memory_maximum_typed; /* it does not follow what there is any more */
    HostDeviceTable host_devices;
    bool devices_asked, devices_known;
    char *devices_why;            /* USB and PCI: why they are not known; NULL: they are, or are on their way */
    GuestInfo guest;              /* Guest agent: last answer */
    bool guest_asked, guest_known;
    char *xml, *xml_revision;     /* Advanced */
    char *xml_for;                /* revision of the settings that were shown when it was asked for */
    bool xml_active, xml_asked;
} Properties;

typedef struct PropertiesPage {
    int icon;
    const char *topic;
    void (*build)(Properties *box, Form *form);                      /* makes the rows */
    void (*fill)(Properties *box, Form *form);                       /* shows the values */
    void (*event)(Properties *box, Form *form, int id, FormEvent event); /* takes over what the user did; then the dialog looks what has changed */
    const char *(*device)(Properties *box, Form *form);              /* key of the selected device, for when changes take effect; may be NULL */
} PropertiesPage;

extern const PropertiesPage properties_general_page, properties_cpu_page, properties_memory_page, properties_boot_page, properties_disks_page, properties_drives_page,
    properties_nics_page, properties_graphics_page, properties_serial_page, properties_devices_page, properties_rng_page, properties_guest_page, properties_start_page,
    properties_advanced_page;

/* Modal. page: the one to show; VM_PAGE_COUNT: the last one. */
void properties_dialog(HWND owner, Server *server, const char *vm, VmPage page);
/* Of a VM that was just made and is off; starts: OK says that it is started then. False: cancelled. */
bool properties_dialog_new(HWND owner, Server *server, const char *vm, bool starts);

/* For pages: an answer of the host may have changed what a page shows. */
void properties_refill(Properties *box, VmPage page);
/* Its form; NULL: never open so far, or nothing is known of the VM yet. */
Form *properties_form(const Properties *box, VmPage page);
/* A page has changed its values by itself, not in its event. */
void properties_changed(Properties *box, VmPage page);
/* Shows a sentence as soon as no answer is being handled. Takes it. */
void properties_fail(Properties *box, char *sentence, int code);
/* Reads everything again, because something else than OK or Apply changed it. */
void properties_reload(Properties *box);

/* ---- lists of devices (properties_devices.c) */
enum { DEVICE_COLUMNS = 3 };

typedef struct DeviceList {
    int list, remove;                         /* ids of the list and the button */
    SettingGroup group;
    TextId label, columns[DEVICE_COLUMNS];
    int lines;
    void *(*at)(VmEdit *edit, size_t index);  /* NULL: there are no more */
    const char *(*key)(const void *device);   /* NULL: a new one */
    void (*take_away)(VmEdit *edit, size_t index);
    void (*cells)(Properties *box, const void *device, char *cells[DEVICE_COLUMNS]); /* the list frees them; NULL: empty */
    int (*icon)(const void *device);
    const Field *fields;
    size_t field_count;
} DeviceList;

void device_list_build(Form *form, const DeviceList *list);   /* the list; buttons that add follow, then device_list_remove_button, then its fields */
void device_list_remove_button(Form *form, const DeviceList *list, TextId words);
void device_list_fill(Properties *box, Form *form, const DeviceList *list);
void *device_list_selected(Properties *box, Form *form, const DeviceList *list);   /* NULL: none */
const char *device_list_key(Properties *box, Form *form, const DeviceList *list);
/* Selection, Remove and fields; true: it was one of these, and the fields are shown anew where they have to be. */
bool device_list_event(Properties *box, Form *form, const DeviceList *list, int id, FormEvent event);
void device_list_select_last(Properties *box, Form *form, const DeviceList *list); /* after adding */

/* ---- dialogs a page opens */
typedef struct VolumeChoice {
    char *datastore, *volume, *path;
    int64_t capacity;
    VolumeFormat format;
} VolumeChoice;

void volume_choice_clear(VolumeChoice *choice);
/* isos: only ISO images of all datastores, else volumes a disk can be made of. False: cancelled. */
bool volume_choose_dialog(HWND owner, Server *server, bool isos, VolumeChoice *ret);
/* A new disk: its volume and bus, into *ret (an empty VmDisk). False: cancelled. */
bool new_disk_dialog(HWND owner, Server *server, VmDisk *ret);
/* Vendor and product; the caller frees. */
char *host_device_name(const HostDevice *device);
/* A USB or PCI device of the host. False: cancelled. */
bool host_device_dialog(HWND owner, const HostDeviceTable *devices, const char *vm_name, VmHostDevice *ret);
/* The VM's description as XML; true: it was saved, or is another one than the caller has. */
bool xml_dialog(HWND owner, Server *server, const char *vm, const char *xml, const char *revision);

#endif
