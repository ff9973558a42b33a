/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host.guest_kinds and volume.detect_guest: which systems there are, and which one an ISO installs. */
#include "agent/guest_kinds.h"
#include "agent/request.h"
#include "agent/volume_handle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

int handle_host_guest_kinds(Request *request, const GuestKindsParams *params, GuestKindTable *ret, Error *err)
{
    (void)err;
    *ret = (GuestKindTable){ 0 };
    guest_kinds_list(request->agent->guest_kinds, params->search, params->skip, ret);
    return 0;
}

static void describe(GuestKinds *kinds, const GuestLabel *label, GuestDetection *ret)
{
    ret->label = *label->volume ? x_strdup(label->volume) : NULL;
    ret->publisher = *label->publisher ? x_strdup(label->publisher) : NULL;
    ret->virtio_drivers = strncasecmp(label->volume, "virtio-win", 10) == 0;
    if (!ret->virtio_drivers)
        guest_kinds_detect(kinds, label, ret);
}

int handle_volume_detect_guest(Request *request, const VolumeRef *params, GuestDetection *ret, Error *err)
{
    VolumeHandle handle;
    GuestLabel label;
    request_object(request, params->datastore, params->volume);
    *ret = (GuestDetection){ 0 };
    int code = volume_handle_open(request->agent, params->datastore, params->volume, &handle, err);
    if (code < 0)
        return code;
    int fd = open(handle.info.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        code = error_set(err, ERR_IO, params->volume, "%s", strerror(errno));
    else if (guest_label_read(fd, &label))
        describe(request->agent->guest_kinds, &label, ret);
    if (fd >= 0)
        close(fd);
    volume_handle_clear(&handle);
    return code;
}
