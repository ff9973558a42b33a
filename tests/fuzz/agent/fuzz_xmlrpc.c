/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of XML-RPC calls; what it makes of them can be read by every decoder, and written as an answer. */
#include "agent/xmlrpc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error err = { 0 };
    RpcMessage message;
    if (xmlrpc_parse((const char *)data, size, &message, &err) == 0) {
        VmCreateParams params;
        json_t *none = json_object();
        free(xmlrpc_result_text(message.body ? message.body : none));
        if (VmCreateParams_decode(message.body ? message.body : none, UNKNOWN_REJECT, &params, &err) == 0)
            VmCreateParams_clear(&params);
        json_decref(none);
    }
    rpc_message_clear(&message);
    if (err.code)
        free(xmlrpc_fault_text(&err));
    error_clear(&err);
    return 0;
}
