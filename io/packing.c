/*
 * The table of magic numbers. One is listed only if no text can begin with it: formats whose magic
 * is printable are told by the bytes behind it.
 */
#include "io/packing.h"

#include <stdbool.h>
#include <string.h>

struct foreign {
    const char *magic;
    size_t len;
    const char *name;
    const char *hint;
};

#define BZIP2_HINT "unpack it on the way: bzip2 -dc FILE | crunch ..."
#define FOREIGN(magic, name, hint)          \
    {                                       \
        magic, sizeof magic - 1, name, hint \
    }

static const struct foreign foreigns[] = {
    FOREIGN("\xfd"
            "7zXZ\0",
            "xz", "unpack it on the way: xz -dc FILE | crunch ..."),
    FOREIGN("BZh11AY&SY", "bzip2", BZIP2_HINT),
    FOREIGN("BZh1\x17\x72\x45\x38\x50\x90", "bzip2", BZIP2_HINT),
    FOREIGN("PK\x03\x04", "zip",
            "unpack it on the way: unzip -p FILE MEMBER | crunch ...; save a spreadsheet (xlsx, "
            "ods) as CSV first"),
    FOREIGN("PK\x05\x06", "empty zip", "there is nothing in it"),
    FOREIGN("7z\xbc\xaf\x27\x1c", "7z", "unpack it on the way: 7z x -so FILE | crunch ..."),
    FOREIGN("\x04\x22\x4d\x18", "lz4", "unpack it on the way: lz4 -dc FILE | crunch ..."),
    FOREIGN("\x89LZO\0\r\n\x1a\n", "lzop", "unpack it on the way: lzop -dc FILE | crunch ..."),
    FOREIGN("LZIP\x01", "lzip", "unpack it on the way: lzip -dc FILE | crunch ..."),
    FOREIGN("\x5d\0\0", "lzma", "unpack it on the way: xz --format=lzma -dc FILE | crunch ..."),
    FOREIGN("\x1f\x9d", "compress (.Z)", "unpack it on the way: gzip -dc FILE | crunch ..."),
    FOREIGN("\xff\x06\0\0sNaPpY", "snappy", "unpack it on the way: snzip -dc FILE | crunch ..."),
    FOREIGN("PAR1\x15", "Parquet",
            "turn it into CSV on the way: duckdb -csv -c \"from 'FILE'\" | crunch ..."),
    FOREIGN("ARROW1\0\0", "Arrow", "turn it into CSV on the way: duckdb, or pyarrow's write_csv"),
    FOREIGN("Obj\x01", "Avro", "turn it into CSV first, for example with avro-tools or fastavro"),
    FOREIGN("\x89HDF\r\n\x1a\n", "HDF5", "turn it into CSV first, for example with h5dump or h5py"),
    FOREIGN("SQLite format 3\0", "SQLite",
            "turn it into CSV on the way: sqlite3 -csv FILE 'select * from TABLE' | crunch ..."),
    FOREIGN("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel (xls)", "save it as CSV first"),
};

/* The digit of bzip2's block size is any of 1 to 9. */
static bool matches(const struct foreign *foreign, const char *bytes, size_t len)
{
    char magic[CRUNCH_PACKING_BYTES];

    if (len < foreign->len)
        return false;
    memcpy(magic, foreign->magic, foreign->len);
    if (memcmp(magic, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9')
        magic[3] = bytes[3];
    return memcmp(bytes, magic, foreign->len) == 0;
}

static enum crunch_code refuse(const struct foreign *foreign, struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_IO, "this is %s data, which crunch does not read", foreign->name);
    crunch_hint(error, "%s", foreign->hint);
    return CRUNCH_IO;
}

/* A zstd frame, or one to be skipped, which some writers put first. */
static bool is_zstd(const unsigned char *b, size_t len)
{
    if (len < 4)
        return false;
    return (b[0] == 0x28 && b[1] == 0xb5 && b[2] == 0x2f && b[3] == 0xfd) ||
           ((b[0] & 0xf0) == 0x50 && b[1] == 0x2a && b[2] == 0x4d && b[3] == 0x18);
}

enum crunch_code crunch_packing_detect(const void *bytes, size_t len, enum crunch_packing *packing,
                                       struct crunch_error *error)
{
    const unsigned char *b = bytes;

    *packing = CRUNCH_PACKING_NONE;
    for (size_t i = 0; i < sizeof foreigns / sizeof *foreigns; i++)
        if (matches(&foreigns[i], bytes, len))
            return refuse(&foreigns[i], error);
    if (is_zstd(b, len))
        *packing = CRUNCH_PACKING_ZSTD;
    else if (len >= 2 && b[0] == 0x1f && b[1] == 0x8b)
        *packing = CRUNCH_PACKING_GZIP;
    return CRUNCH_OK;
}
