/* Makes the files of the benchmark and of the demo: gen KIND ROWS SEED [-o FILE].
 *
 * Owns the shape of that data. Invariant: the bytes depend on KIND, ROWS and SEED alone, and the
 * first n records do not depend on ROWS, so a small file is the beginning of the big one. Numbers
 * are written by integer arithmetic into one reused buffer: stdio would take longer than all that
 * is measured afterwards. Leaves to exact.c what the right answers are: an oracle that shares the
 * generator's arithmetic would prove little.
 *
 * Kinds: wide, one, ints, mixed, mixedwide, tiny, cities (see kinds[] below). Quoted notes hold
 * delimiters and doubled quotes but no line ends, so that tools that know lines only can take part.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 u128;

/* --- random numbers: splitmix64 (Steele, Lea, Flood 2014) ------------------------------------- */

struct rng {
    uint64_t s;
};

static uint64_t next(struct rng *g)
{
    uint64_t z = (g->s += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 .. n-1; the bias, below n/2^64, is of no matter here. */
static uint64_t below(struct rng *g, uint64_t n)
{
    return (uint64_t)(((u128)next(g) * n) >> 64);
}

/* --- text: each writes at p and returns the end --------------------------------------------------
 */

static char *put_text(char *p, const char *text)
{
    size_t n = strlen(text);

    memcpy(p, text, n);
    return p + n;
}

static char *put_uint(char *p, uint64_t v)
{
    char digits[20];
    int n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    while (n > 0)
        *p++ = digits[--n];
    return p;
}

/* Exactly n digits, zeros in front. */
static char *put_padded(char *p, uint64_t v, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        p[i] = (char)('0' + v % 10);
        v /= 10;
    }
    return p + n;
}

static uint64_t power_of_ten(int n)
{
    uint64_t v = 1;

    while (n-- > 0)
        v *= 10;
    return v;
}

/* v / 10^places with all its places, as %.*f writes it; v below 0 has a sign. */
static char *put_fixed(char *p, int64_t v, int places)
{
    uint64_t unit = power_of_ten(places);
    uint64_t magnitude = v < 0 ? (uint64_t)-v : (uint64_t)v;

    if (v < 0)
        *p++ = '-';
    p = put_uint(p, magnitude / unit);
    if (places == 0)
        return p;
    *p++ = '.';
    return put_padded(p, magnitude % unit, places);
}

/* A double in (0, 1) is k / 2^53 here, 1 <= k < 2^53. Its decimal exponent: the number of zeros
 * after the point, or -1 when there are more than 3, which the printing below leaves out. */
static int zeros_after_point(uint64_t k)
{
    const u128 one = (u128)1 << 53;
    u128 scaled = (u128)k * 10;

    for (int zeros = 0; zeros <= 3; zeros++, scaled *= 10)
        if (scaled >= one)
            return zeros;
    return -1;
}

/* k / 2^53 * 10^places rounded to an integer, half to even. k * 10^places must stay below 2^127:
 * with z zeros after the point k is below 2^53 / 10^z, so places up to 20 + z are fine. */
static uint64_t round_scaled(uint64_t k, int places)
{
    u128 n = k;
    u128 q, rest;
    const u128 half = (u128)1 << 52;

    for (int i = 0; i < places; i++)
        n *= 10;
    q = n >> 53;
    rest = n & (((u128)1 << 53) - 1);
    if (rest > half || (rest == half && (q & 1) != 0))
        q++;
    return (uint64_t)q;
}

/* Whether c / 10^places reads back as the double k / 2^53: its distance from it is under half of
 * the double's last bit, or equal to that when the mantissa is even. With z zeros after the point
 * the last bit is worth 2^-(53+shift), where shift makes the mantissa k * 2^shift 53 bits long:
 * at most 13 for z <= 3. Both products stay below 10^20 * 2^54 < 2^121. */
static bool reads_back(uint64_t k, uint64_t c, int places)
{
    int shift = __builtin_clzll(k) - 11;
    u128 exact = k, given = (u128)c << 53, distance;
    u128 unit = 1;

    for (int i = 0; i < places; i++) {
        exact *= 10;
        unit *= 10;
    }
    distance = given > exact ? given - exact : exact - given;
    /* distance / (2^53 10^places) against 2^-(54+shift): shift == 0 means that k itself is odd or
     * even */
    distance <<= 1 + shift;
    return distance < unit || (distance == unit && (shift > 0 || (k & 1) == 0));
}

/* c / 10^places for c < 10^places, without trailing zeros. */
static char *put_fraction(char *p, uint64_t c, int places)
{
    p = put_text(p, "0.");
    while (places > 1 && c % 10 == 0) {
        c /= 10;
        places--;
    }
    return put_padded(p, c, places);
}

/* The double k / 2^53 as %.17g writes it. */
static char *put_17g(char *p, uint64_t k)
{
    int zeros = zeros_after_point(k);
    uint64_t c;

    if (zeros < 0)
        return p + sprintf(p, "%.17g", (double)k / 9007199254740992.0);
    c = round_scaled(k, 17 + zeros);
    /* 10^17: only for k = 2^53 - 1 and its like could rounding carry, and 17 digits are enough
     * there */
    return put_fraction(p, c, 17 + zeros);
}

/* The shortest decimal that reads back as the double k / 2^53, as Python's repr writes it. Any
 * decimal of at most 15 digits is found by rounding to 15 digits; 17 always suffice. */
static char *put_shortest(char *p, uint64_t k)
{
    int zeros = zeros_after_point(k);

    if (zeros < 0)
        return put_text(p, "0.0001");
    for (int digits = 15; digits < 17; digits++) {
        uint64_t c = round_scaled(k, digits + zeros);

        if (reads_back(k, c, digits + zeros))
            return put_fraction(p, c, digits + zeros);
    }
    return put_fraction(p, round_scaled(k, 17 + zeros), 17 + zeros);
}

/* --- cells
 * ----------------------------------------------------------------------------------------- */

static uint64_t random_double(struct rng *g)
{
    return (next(g) >> 11) | 1;
}

/* What a program prints that writes doubles as short as it can: 3/8 have up to 3 places
 * (0.1, 12.375), 2/8 are integers, 3/8 have all their 15 to 17 digits. */
static char *put_mixed(char *p, struct rng *g)
{
    uint64_t pick = below(g, 8);
    int64_t v;
    int places;

    if (pick < 3) {
        v = (int64_t)below(g, 2000001) - 1000000;
        places = 3;
        while (places > 0 && v % 10 == 0) {
            v /= 10;
            places--;
        }
        return put_fixed(p, v, places);
    }
    if (pick < 5)
        return put_fixed(p, (int64_t)below(g, 20001) - 10000, 0);
    if (pick == 5)
        *p++ = '-';
    return put_shortest(p, random_double(g));
}

static const char *const cities[] = {
    "Oslo",    "Lima",    "Quito",   "Accra",    "Dakar",     "Hanoi",   "Turin",      "Porto",
    "Nairobi", "Tbilisi", "Kolkata", "Montreal", "Singapore", "Jakarta", "Casablanca", "Reykjavik",
};

/* Names of 3 to 26 bytes, 7.4 on average, some beyond ASCII. */
static const char *const stations[] = {"Aba",
                                       "Abidjan",
                                       "Abéché",
                                       "Addis Ababa",
                                       "Adelaide",
                                       "Agadir",
                                       "Aktau",
                                       "Albany",
                                       "Aleppo",
                                       "Alexandria",
                                       "Algiers",
                                       "Alicante",
                                       "Almaty",
                                       "Alor Setar",
                                       "Amiens",
                                       "Amman",
                                       "Amsterdam",
                                       "Anadyr",
                                       "Anchorage",
                                       "Ankara",
                                       "Antalya",
                                       "Antananarivo",
                                       "Antofagasta",
                                       "Antwerp",
                                       "Aomori",
                                       "Aqaba",
                                       "Arequipa",
                                       "Arkhangelsk",
                                       "Ashgabat",
                                       "Asmara",
                                       "Asunción",
                                       "Aswan",
                                       "Athens",
                                       "Atlanta",
                                       "Auckland",
                                       "Austin",
                                       "Baghdad",
                                       "Baku",
                                       "Baltimore",
                                       "Bamako",
                                       "Bandung",
                                       "Bangkok",
                                       "Bangui",
                                       "Banjul",
                                       "Barcelona",
                                       "Basel",
                                       "Basra",
                                       "Batumi",
                                       "Beijing",
                                       "Beira",
                                       "Beirut",
                                       "Belém",
                                       "Belgrade",
                                       "Belize City",
                                       "Benghazi",
                                       "Bergen",
                                       "Berlin",
                                       "Bern",
                                       "Bilbao",
                                       "Birao",
                                       "Bishkek",
                                       "Bissau",
                                       "Blantyre",
                                       "Bogotá",
                                       "Boise",
                                       "Bologna",
                                       "Bonn",
                                       "Bordeaux",
                                       "Boston",
                                       "Bosaso",
                                       "Brasília",
                                       "Bratislava",
                                       "Brazzaville",
                                       "Bremen",
                                       "Brest",
                                       "Bridgetown",
                                       "Brisbane",
                                       "Brussels",
                                       "Bucharest",
                                       "Budapest",
                                       "Buenos Aires",
                                       "Bujumbura",
                                       "Bulawayo",
                                       "Burgos",
                                       "Busan",
                                       "Cádiz",
                                       "Cairns",
                                       "Cairo",
                                       "Calais",
                                       "Calgary",
                                       "Canberra",
                                       "Cancún",
                                       "Cape Town",
                                       "Caracas",
                                       "Cardiff",
                                       "Casablanca",
                                       "Chengdu",
                                       "Chennai",
                                       "Chiang Mai",
                                       "Chicago",
                                       "Chișinău",
                                       "Chita",
                                       "Chongqing",
                                       "Christchurch",
                                       "Ciudad de Guatemala",
                                       "Colombo",
                                       "Columbus",
                                       "Conakry",
                                       "Copenhagen",
                                       "Córdoba",
                                       "Cork",
                                       "Cotonou",
                                       "Cusco",
                                       "Dakar",
                                       "Dalian",
                                       "Dallas",
                                       "Damascus",
                                       "Dampier",
                                       "Da Nang",
                                       "Dar es Salaam",
                                       "Darwin",
                                       "Davao",
                                       "Debrecen",
                                       "Delhi",
                                       "Denver",
                                       "Detroit",
                                       "Dhaka",
                                       "Djibouti",
                                       "Dodoma",
                                       "Doha",
                                       "Dolisie",
                                       "Douala",
                                       "Dresden",
                                       "Dubai",
                                       "Dublin",
                                       "Dunedin",
                                       "Durban",
                                       "Dushanbe",
                                       "Edinburgh",
                                       "Edmonton",
                                       "El Paso",
                                       "Enugu",
                                       "Erbil",
                                       "Erfurt",
                                       "Erzurum",
                                       "Esbjerg",
                                       "Essen",
                                       "Évora",
                                       "Fairbanks",
                                       "Fez",
                                       "Fianarantsoa",
                                       "Flores",
                                       "Florence",
                                       "Fort-de-France",
                                       "Frankfurt",
                                       "Freetown",
                                       "Fresno",
                                       "Fukuoka",
                                       "Gaborone",
                                       "Galway",
                                       "Gangtok",
                                       "Garoua",
                                       "Gdańsk",
                                       "Geneva",
                                       "Genoa",
                                       "Ghent",
                                       "Gibraltar",
                                       "Gjoa Haven",
                                       "Glasgow",
                                       "Goma",
                                       "Göteborg",
                                       "Granada",
                                       "Guadalajara",
                                       "Guangzhou",
                                       "Guayaquil",
                                       "Hà Nội",
                                       "Haifa",
                                       "Halifax",
                                       "Hamburg",
                                       "Hamilton",
                                       "Harare",
                                       "Harbin",
                                       "Hargeisa",
                                       "Havana",
                                       "Helsinki",
                                       "Heraklion",
                                       "Hobart",
                                       "Ho Chi Minh City",
                                       "Hong Kong",
                                       "Honiara",
                                       "Honolulu",
                                       "Houston",
                                       "Iași",
                                       "Ifrane",
                                       "Incheon",
                                       "Innsbruck",
                                       "Irkutsk",
                                       "Isfahan",
                                       "Islamabad",
                                       "Istanbul",
                                       "İzmir",
                                       "Jaipur",
                                       "Jakarta",
                                       "Jayapura",
                                       "Jeddah",
                                       "Jerusalem",
                                       "Jos",
                                       "Juneau",
                                       "Kabul",
                                       "Kaduna",
                                       "Kampala",
                                       "Kandy",
                                       "Kansas City",
                                       "Kaohsiung",
                                       "Karachi",
                                       "Kathmandu",
                                       "Kaunas",
                                       "Kazan",
                                       "Khartoum",
                                       "Kigali",
                                       "Kingston",
                                       "Kinshasa",
                                       "Kirkuk",
                                       "Kochi",
                                       "Kolkata",
                                       "Košice",
                                       "Kraków",
                                       "Kuala Lumpur",
                                       "Kumasi",
                                       "Kunming",
                                       "Kuopio",
                                       "Kyiv",
                                       "Kyoto",
                                       "La Ceiba",
                                       "Lagos",
                                       "Lahore",
                                       "La Paz",
                                       "Las Palmas de Gran Canaria",
                                       "Las Vegas",
                                       "Leeds",
                                       "Leipzig",
                                       "León",
                                       "Lhasa",
                                       "Libreville",
                                       "Lille",
                                       "Lilongwe",
                                       "Lima",
                                       "Limassol",
                                       "Lisbon",
                                       "Livingstone",
                                       "Ljubljana",
                                       "Łódź",
                                       "Lomé",
                                       "London",
                                       "Los Angeles",
                                       "Luanda",
                                       "Lusaka",
                                       "Luxembourg",
                                       "Madrid",
                                       "Makassar",
                                       "Malabo",
                                       "Malaga",
                                       "Malé",
                                       "Managua",
                                       "Manama",
                                       "Mandalay",
                                       "Manila",
                                       "Maputo",
                                       "Marrakesh",
                                       "Marseille",
                                       "Maseru",
                                       "Mazatlán",
                                       "Mbabane",
                                       "Mecca",
                                       "Medan",
                                       "Medellín",
                                       "Melbourne",
                                       "Mérida",
                                       "Memphis",
                                       "Mexicali",
                                       "Ciudad de México",
                                       "Miami",
                                       "Milan",
                                       "Minsk",
                                       "Mogadishu",
                                       "Mombasa",
                                       "Monaco",
                                       "Monrovia",
                                       "Montevideo",
                                       "Montréal",
                                       "Moroni",
                                       "Moscow",
                                       "Mosul",
                                       "Mumbai",
                                       "Munich",
                                       "Murmansk",
                                       "Muscat",
                                       "N'Djamena",
                                       "Nagoya",
                                       "Nairobi",
                                       "Nantes",
                                       "Napier",
                                       "Naples",
                                       "Nassau",
                                       "Naypyidaw",
                                       "Niamey",
                                       "Nicosia",
                                       "Nouadhibou",
                                       "Nouakchott",
                                       "Novosibirsk",
                                       "Odesa",
                                       "Osaka",
                                       "Oslo",
                                       "Ottawa",
                                       "Ouagadougou",
                                       "Palermo",
                                       "Palma",
                                       "Panamá",
                                       "Paramaribo",
                                       "Paris",
                                       "Perth",
                                       "Petropavlovsk-Kamchatsky",
                                       "Philadelphia",
                                       "Phnom Penh",
                                       "Phoenix",
                                       "Plovdiv",
                                       "Podgorica",
                                       "Pontianak",
                                       "Port Louis",
                                       "Port Moresby",
                                       "Port of Spain",
                                       "Port-au-Prince",
                                       "Porto",
                                       "Prague",
                                       "Praia",
                                       "Pretoria",
                                       "Pyongyang",
                                       "Québec",
                                       "Quito",
                                       "Rabat",
                                       "Recife",
                                       "Reykjavík",
                                       "Riga",
                                       "Riyadh",
                                       "Rome",
                                       "Rostov",
                                       "Rotterdam",
                                       "Salta",
                                       "Salvador",
                                       "Samara",
                                       "San José",
                                       "San Juan",
                                       "San Salvador",
                                       "Sana'a",
                                       "Santiago de Compostela",
                                       "Santo Domingo",
                                       "São Paulo",
                                       "São Tomé",
                                       "Sapporo",
                                       "Sarajevo",
                                       "Seattle",
                                       "Seoul",
                                       "Sevilla",
                                       "Shanghai",
                                       "Singapore",
                                       "Skopje",
                                       "Sofia",
                                       "Split",
                                       "Stockholm",
                                       "Sucre",
                                       "Sydney",
                                       "Szczecin",
                                       "Tabriz",
                                       "Taipei",
                                       "Tallinn",
                                       "Tamale",
                                       "Tampere",
                                       "Tartu",
                                       "Tashkent",
                                       "Tbilisi",
                                       "Tegucigalpa",
                                       "Tehran",
                                       "Thessaloniki",
                                       "Tirana",
                                       "Tokyo",
                                       "Toronto",
                                       "Tripoli",
                                       "Tromsø",
                                       "Tunis",
                                       "Turin",
                                       "Ulaanbaatar",
                                       "Ürümqi",
                                       "Vaduz",
                                       "Valencia",
                                       "Valletta",
                                       "Vancouver",
                                       "Vantaa",
                                       "Venice",
                                       "Victoria",
                                       "Vienna",
                                       "Vientiane",
                                       "Vilnius",
                                       "Vladivostok",
                                       "Warsaw",
                                       "Wellington",
                                       "Windhoek",
                                       "Wrocław",
                                       "Yakutsk",
                                       "Yaoundé",
                                       "Yerevan",
                                       "Zagreb",
                                       "Zanzibar",
                                       "Zürich"};

static const char *const notes[] = {
    "ok", "late", "paid", "returned", "gift wrapped", "second try", "held at customs", "",
};

static const char *const quoted_notes[] = {
    "\"late, paid\"",
    "\"says \"\"fine\"\"\"",
    "\"a, b, and c\"",
    "\"left at door 12, floor 3\"",
};

static char *put_city(char *p, struct rng *g)
{
    return put_text(p, cities[below(g, 16)]);
}

/* One in four is quoted. */
static char *put_note(char *p, struct rng *g)
{
    uint64_t pick = below(g, 64);

    return pick < 16 ? put_text(p, quoted_notes[pick % 4]) : put_text(p, notes[pick % 8]);
}

/* --- records -------------------------------------------------------------------------------------
 */

static char *wide_record(char *p, struct rng *g, uint64_t row)
{
    p = put_uint(p, row + 1);
    *p++ = ',';
    p = put_fixed(p, (int64_t)below(g, 2000000001) - 1000000000, 6);
    *p++ = ',';
    if (below(g, 2) == 0)
        *p++ = '-';
    p = put_17g(p, random_double(g));
    *p++ = ',';
    p = put_fixed(p, (int64_t)below(g, 1000000), 2);
    *p++ = ',';
    p = put_uint(p, below(g, 100));
    *p++ = ',';
    p = put_city(p, g);
    *p++ = ',';
    return put_note(p, g);
}

static char *one_record(char *p, struct rng *g, uint64_t row)
{
    (void)row;
    return put_fixed(p, (int64_t)below(g, 2000000001) - 1000000000, 6);
}

static char *ints_record(char *p, struct rng *g, uint64_t row)
{
    (void)row;
    return put_fixed(p, (int64_t)below(g, 2000000001) - 1000000000, 0);
}

static char *mixed_record(char *p, struct rng *g, uint64_t row)
{
    (void)row;
    return put_mixed(p, g);
}

static char *mixedwide_record(char *p, struct rng *g, uint64_t row)
{
    p = put_uint(p, row + 1);
    *p++ = ',';
    p = put_city(p, g);
    *p++ = ',';
    p = put_mixed(p, g);
    *p++ = ',';
    p = put_uint(p, below(g, 100));
    *p++ = ',';
    p = put_fixed(p, (int64_t)below(g, 1000000), 2);
    *p++ = ',';
    return put_note(p, g);
}

static char *tiny_record(char *p, struct rng *g, uint64_t row)
{
    p = put_uint(p, row + 1);
    *p++ = ',';
    return put_fixed(p, (int64_t)below(g, 1000000), 2);
}

static char *cities_record(char *p, struct rng *g, uint64_t row)
{
    (void)row;
    p = put_text(p, stations[below(g, sizeof stations / sizeof *stations)]);
    *p++ = ';';
    return put_fixed(p, (int64_t)below(g, 1999) - 999, 1);
}

/* The longest record: 20 + 12 + 27 + 8 + 3 + 11 + 29 and 7 for commas and the line's end. */
enum { RECORD_MAX = 256, BUFFER = 1 << 20 };

static const struct kind {
    const char *name;
    const char *header;
    char *(*record)(char *p, struct rng *g, uint64_t row);
} kinds[] = {
    {"wide", "id,x,y,price,qty,city,note\n", wide_record},
    {"one", "x\n", one_record},
    {"ints", "n\n", ints_record},
    {"mixed", "v\n", mixed_record},
    {"mixedwide", "id,city,v,qty,price,note\n", mixedwide_record},
    {"tiny", "id,price\n", tiny_record},
    {"cities", "", cities_record},
};

static int generate(const struct kind *kind, uint64_t rows, uint64_t seed, FILE *out)
{
    static char buffer[BUFFER];
    struct rng g = {seed};
    char *p = put_text(buffer, kind->header);

    for (uint64_t row = 0; row < rows; row++) {
        p = kind->record(p, &g, row);
        *p++ = '\n';
        if (p > buffer + BUFFER - RECORD_MAX) {
            if (fwrite(buffer, 1, (size_t)(p - buffer), out) != (size_t)(p - buffer))
                return -1;
            p = buffer;
        }
    }
    if (fwrite(buffer, 1, (size_t)(p - buffer), out) != (size_t)(p - buffer))
        return -1;
    return fflush(out);
}

static bool read_number(const char *text, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && text[0] != '-';
}

static int usage(void)
{
    fputs("usage: gen KIND ROWS SEED [-o FILE]\nkinds:", stderr);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        fprintf(stderr, " %s", kinds[i].name);
    fputc('\n', stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const struct kind *kind = NULL;
    uint64_t rows, seed;
    FILE *out = stdout;

    if (argc != 4 && !(argc == 6 && strcmp(argv[4], "-o") == 0))
        return usage();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            kind = &kinds[i];
    if (kind == NULL || !read_number(argv[2], &rows) || !read_number(argv[3], &seed))
        return usage();
    if (argc == 6 && (out = fopen(argv[5], "wb")) == NULL) {
        perror(argv[5]);
        return 3;
    }
    setvbuf(out, NULL, _IONBF, 0);
    if (generate(kind, rows, seed, out) != 0 || (out != stdout && fclose(out) != 0)) {
        perror("gen");
        return 3;
    }
    return 0;
}
