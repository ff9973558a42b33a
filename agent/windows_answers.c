/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answer files: see windows_answers.h. Components and their elements are those of Microsoft's "Unattended Windows Setup Reference". */
#include "agent/windows_answers.h"
#include "agent/password_hash.h"
#include "agent/xml_write.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* ---------------------------------------------------------------- checks */

static bool only(const char *text, const char *letters) { return *text && strspn(text, letters) == strlen(text); }

/* "de-DE", "0407:00000407", "sr-Latn-RS". */
static bool is_language(const char *text) { return !text || (strlen(text) <= 32 && only(text, LETTERS_AND_DIGITS "-:")); }

/* Five groups of five. */
static bool is_key(const char *text)
{
    for (size_t i = 0; i < 29; i++)
        if (i % 6 == 5 ? text[i] != '-' : !isalnum((unsigned char)text[i]))
            return false;
    return text[29] == 0;
}

static bool is_computer(const char *name) { return strlen(name) <= 15 && only(name, LETTERS_AND_DIGITS "-") && name[0] != '-' && !only(name, "0123456789"); }

static bool is_account(const char *name) { return strlen(name) <= 20 && !strpbrk(name, "\"/\\[]:;|=,+*?<>@") && name[0] != '.' && name[0] != ' '; }

/* XML has no place for control characters. */
static bool is_line(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return true;
}

static int check(const WindowsAnswers *want, const char *vm, Error *err)
{
    if (!is_line(want->edition) || !is_line(want->time_zone) || !is_line(want->owner) || !is_line(want->organization) || !is_line(want->user))
        return error_set(err, ERR_VM_SETTING, vm, "texts of an answer file have no control characters");
    if (!is_language(want->language) || !is_language(want->locale) || !is_language(want->keyboard))
        return error_set(err, ERR_VM_SETTING, vm, "languages, formats and keyboards are named like de-DE");
    if (want->product_key && !is_key(want->product_key))
        return error_set(err, ERR_VM_SETTING, vm, "the product key is not of the form XXXXX-XXXXX-XXXXX-XXXXX-XXXXX");
    if (want->computer_name && !is_computer(want->computer_name))
        return error_set(err, ERR_VM_SETTING, vm, "'%s' cannot be a computer name: it has at most 15 letters, digits and hyphens, not only digits", want->computer_name);
    if (want->user && (!*want->user || !is_account(want->user)))
        return error_set(err, ERR_VM_SETTING, vm, "'%s' cannot be a user's name in Windows", want->user);
    if (want->user_password && !want->user)
        return error_set(err, ERR_VM_SETTING, vm, "the password of a user needs the user's name");
    if (want->edition && want->edition_index)
        return error_set(err, ERR_VM_SETTING, vm, "the edition is chosen by its name or by its number, not by both");
    if (want->edition_index > 99)
        return error_set(err, ERR_VM_SETTING, vm, "there are no editions with the number %lld", (long long)want->edition_index);
    return 0;
}

/* ---------------------------------------------------------------- the parts */

typedef struct Answers {
    XmlText xml;
    const WindowsAnswers *want;
    const WindowsTarget *target;
} Answers;

static void leaf(Answers *answers, const char *name, const char *value)
{
    if (!str_empty(value))
        xml_leaf(&answers->xml, name, value);
}

static void number(Answers *answers, const char *name, int value)
{
    char text[12];
    snprintf(text, sizeof text, "%d", value);
    xml_leaf(&answers->xml, name, text);
}

static void open_component(Answers *answers, const char *name)
{
    xml_open(&answers->xml, "component");
    xml_put(&answers->xml, "name", name);
    xml_put(&answers->xml, "processorArchitecture", "amd64");
    xml_put(&answers->xml, "publicKeyToken", "31bf3856ad364e35");
    xml_put(&answers->xml, "language", "neutral");
    xml_put(&answers->xml, "versionScope", "nonSxS");
}

static void open_item(Answers *answers, const char *name)
{
    xml_open(&answers->xml, name);
    xml_put(&answers->xml, "wcm:action", "add");
}

static void close_element(Answers *answers) { xml_close(&answers->xml); }

static void open_pass(Answers *answers, const char *name)
{
    xml_open(&answers->xml, "settings");
    xml_put(&answers->xml, "pass", name);
}

static void put_languages(Answers *answers, const char *component, bool setup)
{
    const WindowsAnswers *want = answers->want;
    const char *language = want->language ? want->language : "en-US";
    const char *locale = want->locale ? want->locale : language;
    open_component(answers, component);
    if (setup) {
        xml_open(&answers->xml, "SetupUILanguage");
        leaf(answers, "UILanguage", language);
        close_element(answers);
    }
    leaf(answers, "InputLocale", want->keyboard ? want->keyboard : locale);
    leaf(answers, "SystemLocale", locale);
    leaf(answers, "UILanguage", language);
    leaf(answers, "UserLocale", locale);
    close_element(answers);
}

/* Folder of that Windows on the disc with virtio drivers. */
static const char *driver_folder(const char *guest)
{
    static const char *const folders[][2] = {
        { "win11", "w11" }, { "win10", "w10" }, { "win8.1", "w8.1" }, { "win8", "w8" }, { "win7", "w7" }, { "win2k25", "2k25" }, { "win2k22", "2k22" },
        { "win2k19", "2k19" }, { "win2k16", "2k16" }, { "win2k12r2", "2k12R2" }, { "win2k12", "2k12" }, { "win2k8r2", "2k8R2" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (str_equal(folders[i][0], guest))
            return folders[i][1];
    return "w10";
}

/* Which letter the disc gets depends on the other drives; Setup passes over folders that are not there. */
static void put_drivers(Answers *answers)
{
    static const char *const drivers[] = { "viostor", "vioscsi", "NetKVM" };
    int key = 0;
    open_component(answers, "Microsoft-Windows-PnpCustomizationsWinPE");
    xml_open(&answers->xml, "DriverPaths");
    for (char letter = 'D'; letter <= 'G'; letter++)
        for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
            AUTO_FREE char *path = x_printf("%c:\\%s\\%s\\amd64", letter, drivers[i], driver_folder(answers->target->guest));
            char text[12];
            snprintf(text, sizeof text, "%d", ++key);
            open_item(answers, "PathAndCredentials");
            xml_put(&answers->xml, "wcm:keyValue", text);
            leaf(answers, "Path", path);
            close_element(answers);
        }
    close_element(answers);
    close_element(answers);
}

typedef struct Partition {
    const char *type;   /* of CreatePartition */
    int megabytes;      /* 0: what is left */
    const char *format; /* NULL: none */
    const char *label;
    const char *letter;
    bool active;
} Partition;

/* What Setup itself makes when it is asked for nothing: recovery comes from the Windows partition. */
static const Partition uefi_disk[] = { { "EFI", 260, "FAT32", "System", NULL, false }, { "MSR", 16, NULL, NULL, NULL, false }, { "Primary", 0, "NTFS", "Windows", "C", false } };
static const Partition bios_disk[] = { { "Primary", 500, "NTFS", "System", NULL, true }, { "Primary", 0, "NTFS", "Windows", "C", false } };

static void put_partition(Answers *answers, const Partition *partition, int order)
{
    open_item(answers, "CreatePartition");
    number(answers, "Order", order);
    if (partition->megabytes)
        number(answers, "Size", partition->megabytes);
    else
        leaf(answers, "Extend", "true");
    leaf(answers, "Type", partition->type);
    close_element(answers);
}

static void put_format(Answers *answers, const Partition *partition, int order)
{
    open_item(answers, "ModifyPartition");
    if (partition->active)
        leaf(answers, "Active", "true");
    leaf(answers, "Format", partition->format);
    leaf(answers, "Label", partition->label);
    leaf(answers, "Letter", partition->letter);
    number(answers, "Order", order);
    number(answers, "PartitionID", order);
    close_element(answers);
}

static void put_disk(Answers *answers, const Partition *partitions, int count)
{
    xml_open(&answers->xml, "DiskConfiguration");
    open_item(answers, "Disk");
    xml_open(&answers->xml, "CreatePartitions");
    for (int i = 0; i < count; i++)
        put_partition(answers, &partitions[i], i + 1);
    close_element(answers);
    xml_open(&answers->xml, "ModifyPartitions");
    for (int i = 0; i < count; i++)
        put_format(answers, &partitions[i], i + 1);
    close_element(answers);
    number(answers, "DiskID", 0);
    leaf(answers, "WillWipeDisk", "true");
    close_element(answers);
    leaf(answers, "WillShowUI", "OnError");
    close_element(answers);
}

static void put_image(Answers *answers, int partition)
{
    const WindowsAnswers *want = answers->want;
    char index[12];
    snprintf(index, sizeof index, "%d", (int)want->edition_index);
    xml_open(&answers->xml, "ImageInstall");
    xml_open(&answers->xml, "OSImage");
    if (want->edition || want->edition_index) {
        xml_open(&answers->xml, "InstallFrom");
        open_item(answers, "MetaData");
        leaf(answers, "Key", want->edition ? "/IMAGE/NAME" : "/IMAGE/INDEX");
        leaf(answers, "Value", want->edition ? want->edition : index);
        close_element(answers);
        close_element(answers);
    }
    xml_open(&answers->xml, "InstallTo");
    number(answers, "DiskID", 0);
    number(answers, "PartitionID", partition);
    close_element(answers);
    leaf(answers, "WillShowUI", "OnError");
    close_element(answers);
    close_element(answers);
}

static void put_setup(Answers *answers)
{
    const WindowsAnswers *want = answers->want;
    int count = answers->target->uefi ? ARRAY_SIZE(uefi_disk) : ARRAY_SIZE(bios_disk);
    open_component(answers, "Microsoft-Windows-Setup");
    put_disk(answers, answers->target->uefi ? uefi_disk : bios_disk, count);
    put_image(answers, count);
    xml_open(&answers->xml, "UserData");
    leaf(answers, "AcceptEula", "true");
    leaf(answers, "FullName", want->owner ? want->owner : want->user);
    leaf(answers, "Organization", want->organization);
    xml_open(&answers->xml, "ProductKey");
    leaf(answers, "Key", want->product_key);
    leaf(answers, "WillShowUI", "OnError");
    close_element(answers);
    close_element(answers);
    close_element(answers);
}

static void put_specialize(Answers *answers)
{
    const WindowsAnswers *want = answers->want;
    open_component(answers, "Microsoft-Windows-Shell-Setup");
    leaf(answers, "ComputerName", want->computer_name ? want->computer_name : "*");
    leaf(answers, "RegisteredOrganization", want->organization);
    leaf(answers, "RegisteredOwner", want->owner ? want->owner : want->user);
    leaf(answers, "TimeZone", want->time_zone);
    close_element(answers);
}

static int put_password(Answers *answers, const char *element, const char *password, Error *err)
{
    char *value = NULL;
    int code = password_for_windows(password, element, &value, err);
    if (code < 0)
        return code;
    xml_open(&answers->xml, element);
    leaf(answers, "Value", value);
    leaf(answers, "PlainText", "false");
    close_element(answers);
    x_free_secret(value);
    return 0;
}

static int put_accounts(Answers *answers, Error *err)
{
    const WindowsAnswers *want = answers->want;
    int code = 0;
    xml_open(&answers->xml, "UserAccounts");
    if (want->password)
        code = put_password(answers, "AdministratorPassword", want->password, err);
    if (want->user) {
        xml_open(&answers->xml, "LocalAccounts");
        open_item(answers, "LocalAccount");
        if (code == 0)
            code = put_password(answers, "Password", str_or_empty(want->user_password), err);
        leaf(answers, "DisplayName", want->user);
        leaf(answers, "Group", "Administrators");
        leaf(answers, "Name", want->user);
        close_element(answers);
        close_element(answers);
    }
    close_element(answers);
    return code;
}

static int put_first_start(Answers *answers, Error *err)
{
    const WindowsAnswers *want = answers->want;
    int code = 0;
    open_component(answers, "Microsoft-Windows-Shell-Setup");
    xml_open(&answers->xml, "OOBE");
    leaf(answers, "HideEULAPage", "true");
    leaf(answers, "HideOEMRegistrationScreen", "true");
    if (want->user || want->password) /* without any account somebody has to make one */
        leaf(answers, "HideOnlineAccountScreens", "true");
    leaf(answers, "HideWirelessSetupInOOBE", "true");
    leaf(answers, "ProtectYourPC", "3");
    close_element(answers);
    leaf(answers, "TimeZone", want->time_zone);
    if (want->user || want->password)
        code = put_accounts(answers, err);
    close_element(answers);
    return code;
}

static int put_all(Answers *answers, Error *err)
{
    xml_open(&answers->xml, "unattend");
    xml_put(&answers->xml, "xmlns", "urn:schemas-microsoft-com:unattend");
    xml_put(&answers->xml, "xmlns:wcm", "http://schemas.microsoft.com/WMIConfig/2002/State");
    open_pass(answers, "windowsPE");
    put_languages(answers, "Microsoft-Windows-International-Core-WinPE", true);
    if (answers->target->drivers)
        put_drivers(answers);
    put_setup(answers);
    close_element(answers);
    open_pass(answers, "specialize");
    put_specialize(answers);
    close_element(answers);
    open_pass(answers, "oobeSystem");
    put_languages(answers, "Microsoft-Windows-International-Core", false);
    int code = put_first_start(answers, err);
    close_element(answers);
    close_element(answers);
    return code;
}

int windows_answers(const WindowsAnswers *want, const WindowsTarget *target, char **ret, Error *err)
{
    int code = check(want, target->vm, err);
    if (code < 0)
        return code;
    Answers answers = { xml_text_begin(), want, target };
    code = put_all(&answers, err);
    char *body = xml_text_end(&answers.xml);
    if (code == 0)
        *ret = x_printf("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n%s\n", body);
    x_free_secret(body);
    return code;
}
