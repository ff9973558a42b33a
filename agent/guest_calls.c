/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm.guest_info: what the agent in the guest tells, and addresses that the host knows without it. */
#include "agent/drivers.h"
#include "agent/request.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* A guest's words are foreign ones: cut to what the contract allows. */
static char *cut(const char *text) { return text ? x_strndup(text, strnlen(text, LIMIT_NAME)) : NULL; }

/* libvirt's error may have the guest's words in it. */
static char *error_cut(void)
{
    AUTO_FREE char *text = virt_error_text();
    return x_strndup(text, strnlen(text, LIMIT_TEXT));
}

static bool is_address(const char *text)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    return text && (inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1);
}

static void add_addresses(const virDomainInterfacePtr interface, GuestInfo *ret)
{
    for (unsigned i = 0; i < interface->naddrs && ret->addresses.count < LIMIT_DEVICES; i++) {
        const char *text = interface->addrs[i].addr;
        GuestAddress address = { cut(interface->name), cut(interface->hwaddr), cut(text), interface->addrs[i].prefix };
        if (is_address(text) && !str_equal(text, "127.0.0.1") && !str_equal(text, "::1"))
            GuestAddressList_add(&ret->addresses, &address);
        GuestAddress_clear(&address);
    }
}

/* The first source that knows any. */
static void read_addresses(virDomainPtr domain, bool agent, GuestInfo *ret)
{
    static const unsigned sources[] = { VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
                                        VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP };
    for (size_t i = agent ? 0 : 1; i < ARRAY_SIZE(sources) && !ret->addresses.count; i++) {
        virDomainInterfacePtr *interfaces = NULL;
        int count = virDomainInterfaceAddresses(domain, &interfaces, sources[i], 0);
        for (int k = 0; k < count; k++) {
            add_addresses(interfaces[k], ret);
            virDomainInterfaceFree(interfaces[k]);
        }
        free(interfaces);
    }
}

static const virTypedParameter *find(const virTypedParameter *params, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(params[i].field, name) == 0)
            return &params[i];
    return NULL;
}

static char *text_of(const virTypedParameter *params, int count, const char *name)
{
    const virTypedParameter *param = find(params, count, name);
    return param && param->type == VIR_TYPED_PARAM_STRING ? cut(param->value.s) : NULL;
}

static void read_users(const virTypedParameter *params, int count, GuestInfo *ret)
{
    for (size_t i = 0; ret->users.count < LIMIT_USERS; i++) {
        AUTO_FREE char *name = x_printf("user.%zu.name", i);
        AUTO_FREE char *since = x_printf("user.%zu.login-time", i);
        const virTypedParameter *time = find(params, count, since);
        GuestUser user = { .name = text_of(params, count, name) };
        if (!user.name)
            return;
        user.since = time && time->type == VIR_TYPED_PARAM_ULLONG && time->value.ul < INT64_MAX ? (int64_t)time->value.ul : 0;
        GuestUserList_add(&ret->users, &user);
    }
}

/* libvirt counts an answer that never comes as one without contents, after the time that it waits for each. */
static bool is_silent(virDomainPtr domain)
{
    virTypedParameterPtr params = NULL;
    int count = 0;
    int64_t begun = clock_ms();
    if (virDomainGetGuestInfo(domain, VIR_DOMAIN_GUEST_INFO_HOSTNAME, &params, &count, 0) == 0)
        virTypedParamsFree(params, count);
    return clock_ms() - begun >= GUEST_AGENT_SECONDS * 1000;
}

static bool ask_agent(virDomainPtr domain, GuestInfo *ret)
{
    virTypedParameterPtr params = NULL;
    int count = 0;
    if (is_silent(domain)) {
        ret->silence = GUEST_SILENCE_NOT_RUNNING;
        ret->why = x_strdup("The guest agent listens, but does not answer");
        return false;
    }
    const unsigned types = VIR_DOMAIN_GUEST_INFO_USERS | VIR_DOMAIN_GUEST_INFO_OS | VIR_DOMAIN_GUEST_INFO_TIMEZONE | VIR_DOMAIN_GUEST_INFO_HOSTNAME;
    int code = virDomainGetGuestInfo(domain, types, &params, &count, 0);
    if (code < 0 && !virt_error_is(VIR_ERR_AGENT_UNRESPONSIVE)) /* an older one does not know all of that */
        code = virDomainGetGuestInfo(domain, 0, &params, &count, 0);
    if (code < 0) {
        ret->silence = virt_error_is(VIR_ERR_ARGUMENT_UNSUPPORTED) ? GUEST_SILENCE_NO_CHANNEL
            : virt_error_is(VIR_ERR_AGENT_UNRESPONSIVE) ? GUEST_SILENCE_NOT_RUNNING : GUEST_SILENCE_UNKNOWN;
        ret->why = error_cut();
        return false;
    }
    ret->os = text_of(params, count, "os.pretty-name");
    if (!ret->os)
        ret->os = text_of(params, count, "os.name");
    ret->kernel = text_of(params, count, "os.kernel-release");
    ret->hostname = text_of(params, count, "hostname");
    ret->timezone = text_of(params, count, "timezone.name");
    read_users(params, count, ret);
    virTypedParamsFree(params, count);
    return true;
}

int handle_vm_guest_info(Request *request, const VmRef *params, GuestInfo *ret, Error *err)
{
    AUTO_DOMAIN domain = NULL;
    int code = drivers_vm(request->agent->drivers, params->vm, &domain, NULL, err);
    if (code < 0)
        return code;
    request_object(request, params->vm, virDomainGetName(domain));
    if (virDomainIsActive(domain) <= 0)
        return error_set(err, ERR_VM_WRONG_STATE, virDomainGetName(domain), "%s", VmState_name(VM_STATE_OFF));
    virDomainAgentSetResponseTimeout(domain, GUEST_AGENT_SECONDS, 0);
    ret->agent = ask_agent(domain, ret);
    read_addresses(domain, ret->agent, ret);
    return 0;
}
