/* SPDX-License-Identifier: GPL-3.0-or-later */
/* volume.inspect: what a volume is, who uses it, and what speaks against using it. */
#include "agent/request.h"
#include "agent/volume_image.h"

#include <stdlib.h>

/* What cannot be read as an image is told, too: the rest of the answer is worth having. */
static void add_image(const VolumeHandle *handle, const VolumeUse *use, VolumeDetails *ret)
{
    VolumeImage image;
    Error err = { 0 };
    if (volume_image_read(handle, use, &image, &err) == 0) {
        ret->detected = TAKE_PTR(image.detected);
        ret->refused = TAKE_PTR(image.refused);
        ret->encrypted = image.encrypted;
        ret->snapshots = image.snapshots;
        volume_image_clear(&image);
    } else {
        ret->refused = x_strdup(err.cause ? err.cause : err.message);
    }
    error_clear(&err);
}

int handle_volume_inspect(Request *request, const VolumeRef *params, VolumeDetails *ret, Error *err)
{
    VolumeHandle handle;
    VolumeUse use;
    request_object(request, params->datastore, params->volume);
    int code = volume_handle_open(request->agent, params->datastore, params->volume, &handle, err);
    if (code < 0)
        return code;
    volume_use_read(request->agent, handle.info.path, &use);
    volume_use_names(&use, &handle.info.used_by);
    if (handle.info.format != VOLUME_FORMAT_DIR && handle.info.path[0] == '/')
        add_image(&handle, &use, ret);
    ret->info = x_calloc(1, sizeof *ret->info);
    *ret->info = handle.info;
    handle.info = (VolumeInfo){ 0 };
    ret->users = use.users;
    ret->dependents = use.dependents;
    StrList_clear(&use.held); /* told in used_by */
    volume_handle_clear(&handle);
    return 0;
}
