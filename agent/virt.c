/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt's errors as ours: see virt.h. libvirt keeps the last error per thread. */
#include "agent/virt.h"

#include <stdlib.h>
#include <string.h>

char *virt_error_text(void)
{
    const char *message = virGetLastErrorMessage();
    char *text = x_strdup(str_empty(message) ? "no reason given" : message);
    size_t length = strlen(text);
    while (length && (text[length - 1] == '.' || text[length - 1] == '\n'))
        text[--length] = 0;
    return text;
}

bool virt_error_is(int code)
{
    const virError *last = virGetLastError();
    return last && last->code == code;
}

int virt_error(Error *err, const char *object)
{
    AUTO_FREE char *text = virt_error_text();
    if (virt_error_is(VIR_ERR_NO_DOMAIN))
        return error_set(err, ERR_VM_NOT_FOUND, object, "%s", text);
    if (virt_error_is(VIR_ERR_NO_STORAGE_POOL))
        return error_set(err, ERR_DATASTORE_NOT_FOUND, object, "%s", text);
    if (virt_error_is(VIR_ERR_NO_STORAGE_VOL))
        return error_set(err, ERR_VOLUME_NOT_FOUND, object, "%s", text);
    if (virt_error_is(VIR_ERR_NO_SUPPORT))
        return error_set(err, ERR_NOT_SUPPORTED, object, "%s", text);
    return error_set(err, ERR_LIBVIRT, object, "%s", text);
}
