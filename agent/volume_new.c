/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New volumes by libvirt: see volume_new.h. */
#include "agent/volume_new.h"
#include "agent/rbd_disk.h"
#include "agent/volume_allocation.h"
#include "agent/xml_write.h"

#include <stdlib.h>

int volume_new_note(virStoragePoolPtr pool, const char *datastore, const char *name, JournalEntry *entry, Error *err)
{
    int code = journal_claim_volume(entry, datastore, name, err); /* from here on no other job makes one of that name */
    if (code < 0)
        return code;
    virStoragePoolRefresh(pool, 0);
    AUTO_VOLUME known = virStorageVolLookupByName(pool, name);
    if (known)
        return error_set(err, ERR_VOLUME_EXISTS, name, NULL);
    return journal_volume(entry, datastore, name, err);
}

char *volume_new_xml(const VolumeHandle *place, VolumeFormat format, int64_t capacity)
{
    return volume_xml(&(NewVolume){ .name = place->info.name, .format = VolumeFormat_name(format), .capacity = capacity,
                                    .allocation = volume_allocation(place->pool, capacity, false) });
}

int volume_new_failed(const char *datastore, const char *name, JournalEntry *entry, Error *err)
{
    if (!virt_error_is(VIR_ERR_STORAGE_VOL_EXIST))
        return virt_error(err, name);
    if (entry)
        journal_not_ours(entry, datastore, name);
    return error_set(err, ERR_VOLUME_EXISTS, name, NULL);
}

int volume_new_take(VolumeHandle *place, virStorageVolPtr volume, JournalEntry *entry, Error *err)
{
    if (!volume)
        return volume_new_failed(place->datastore.id, place->info.name, entry, err);
    place->volume = volume;
    char *path = rbd_volume_path(volume);
    if (path) {
        free(place->info.path);
        place->info.path = path;
    }
    return 0;
}

int volume_new_empty(VolumeHandle *place, int64_t capacity, JournalEntry *entry, Error *err)
{
    int code = volume_new_note(place->pool, place->datastore.id, place->info.name, entry, err);
    if (code < 0)
        return code;
    AUTO_FREE char *xml = volume_new_xml(place, VOLUME_FORMAT_RAW, capacity);
    return volume_new_take(place, virStorageVolCreateXML(place->pool, xml, 0), entry, err);
}
