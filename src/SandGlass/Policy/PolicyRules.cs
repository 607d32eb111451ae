namespace SandGlass.Policy;

/// <summary>A rule that a policy can break. The id never changes its meaning; SG2xxx warn.</summary>
public sealed record PolicyRule(string Id, string Title, string Story)
{
    public Severity Severity => Id.StartsWith("SG2", StringComparison.Ordinal) ? Severity.Warning : Severity.Error;
}

/// <summary>All rules: SG10xx the file and its shape, SG11xx names of other things, SG12xx meaning, SG2xxx legal but unwise.</summary>
public static class PolicyRules
{
    private static readonly List<PolicyRule> _all = [];

    /// <summary>In the order of their ids.</summary>
    public static IReadOnlyList<PolicyRule> All => _all;

    public static readonly PolicyRule EmptyFile = Rule("SG1001", "The file is empty",
        "An empty file is nearly always a write that was cut off, never a wish for no policy, so it changes nothing. Write at least backends and routes.");

    public static readonly PolicyRule NotUtf8 = Rule("SG1002", "The file is not UTF-8",
        "JSON between systems is UTF-8 (RFC 8259 §8.1). Guessing encodings would let one file mean two things. Save the file as UTF-8; a byte order mark is accepted.");

    public static readonly PolicyRule NotJson = Rule("SG1003", "The file is not JSON",
        "Comments and trailing commas are allowed, all else is plain JSON. Look at the place and just before it: a missing comma, quote or brace shows one token later.");

    public static readonly PolicyRule TooLarge = Rule("SG1004", "The file is too large",
        "A policy of 10,000 routes fits in 4 MB. A larger file is a mistake or an attack, and reading it would cost traffic. Split the gateway, or look what has grown.");

    public static readonly PolicyRule TooDeep = Rule("SG1005", "The file is nested too deeply",
        "A policy needs fewer than ten levels; 64 leaves room for the JSON of fallbacks. Deeper nesting is a generator gone wrong or an attack on the reader.");

    public static readonly PolicyRule BrokenText = Rule("SG1006", "A text is not Unicode",
        "One half of a surrogate pair is no character: it cannot be written as UTF-8, so it could not travel in a header, a label or a log. Write the character itself.");

    public static readonly PolicyRule WrongType = Rule("SG1010", "A value has the wrong type",
        "Each key takes one kind of value, and nothing is converted silently: \"5\" is not 5. Write the kind that the message names.");

    public static readonly PolicyRule Null = Rule("SG1011", "A value is null",
        "null could mean the default, nothing, or a template that failed, and blank fields have taken whole clouds down. Leave the key out for its default, or write a value.");

    public static readonly PolicyRule UnknownKey = Rule("SG1012", "A key is unknown",
        "A key that nobody reads is a protection that nobody gives: a misspelt timeout would be no timeout. Correct the spelling, move it where it belongs, or take it out.");

    public static readonly PolicyRule DuplicateKey = Rule("SG1013", "A key is written twice",
        "Readers differ on which of the two counts, so what is reviewed may not be what runs. Keep one of them.");

    public static readonly PolicyRule Missing = Rule("SG1014", "A key is missing",
        "There is no default that could be right for everybody. Write the key that the message names.");

    public static readonly PolicyRule WrongUnit = Rule("SG1015", "A quantity is not written as one",
        "Durations, rates and sizes carry their unit, because 30 once meant seconds to its writer and milliseconds to its reader. Write number and unit as the message shows.");

    public static readonly PolicyRule OutOfRange = Rule("SG1016", "A number is out of its range",
        "Outside of its range the value would switch the protection off, or make it harm. Choose a value in the range; the reference says why one would change it.");

    public static readonly PolicyRule UnknownValue = Rule("SG1017", "A value is none of those allowed",
        "The key takes one of a few words or numbers. The message lists them.");

    public static readonly PolicyRule Empty = Rule("SG1018", "A text, list or object is empty",
        "An empty name refers to nothing and an empty list limits to nothing; both come from templates that failed. Leave the key out, or write what belongs there.");

    public static readonly PolicyRule BadName = Rule("SG1019", "A name cannot be used as one",
        "Names become metric labels, header fields and addresses of the admin API. Use up to 64 letters, digits, '-', '_' and '.', beginning with a letter or digit.");

    public static readonly PolicyRule TooMany = Rule("SG1099", "There are more errors than are shown",
        "A thousand errors are enough to begin with, and a longer report would serve only an attacker. Mend these and check again.");

    public static readonly PolicyRule NoChain = Rule("SG1101", "No such chain",
        "Chains decide who is served first, so a route, goal, alarm or switch must name one that exists: one of the four of a shop, or one of `chains`.");

    public static readonly PolicyRule NoBackend = Rule("SG1102", "No such backend",
        "A route asks the backend it names, or else the one named like its chain; a failover or a switch names its own. Define it in `backends`, or name one that is there.");

    public static readonly PolicyRule NoRateLimit = Rule("SG1103", "No such rate limit",
        "A route would believe itself limited and not be. Define it in `rateLimits`, or name one that is there.");

    public static readonly PolicyRule NoFallback = Rule("SG1104", "No such fallback",
        "A degraded answer that does not exist is found out at the worst moment. Define it in `fallbacks`, or name one that is there.");

    public static readonly PolicyRule NoRoute = Rule("SG1105", "No such route",
        "A switch that acts on no route does nothing on the day it is thrown. Name routes of `routes`.");

    public static readonly PolicyRule NoSwitch = Rule("SG1106", "No such switch",
        "A plan throws switches by name. Define it in `switches`, or name one that is there.");

    public static readonly PolicyRule NoPhase = Rule("SG1107", "No such phase",
        "A plan that waits for a phase that never comes is never proposed. Name a phase of `event.phases`.");

    public static readonly PolicyRule NoAlarm = Rule("SG1108", "No such alarm",
        "A plan that waits for an alarm that does not exist is never proposed. Name an alarm of `alarms`.");

    public static readonly PolicyRule Circle = Rule("SG1109", "A reference leads back to itself",
        "A failover or a fallback's else that ends where it began has no end to arrive at. Take one step out of the circle.");

    public static readonly PolicyRule NoFile = Rule("SG1110", "A file cannot be read",
        "Files named by the policy are read with it, not in the middle of a request. Relative paths begin in the policy's own folder.");

    public static readonly PolicyRule NoParameter = Rule("SG1111", "The path has no such parameter",
        "A key part path:x takes the value of {x} in the route's path. On a route without it all requests would share one key.");

    public static readonly PolicyRule BackendOrAnswer = Rule("SG1201", "A route has both a backend and an answer",
        "`answer` always answers and asks nobody; `backend` is asked. Keep one of them.");

    public static readonly PolicyRule BadPath = Rule("SG1202", "A path pattern cannot be matched",
        "A pattern is \"/\" and segments: literal, {name} for one whole segment, {**rest} at the end for all that follows. Requests are matched in their one normal form, so encoded characters, doubled slashes and dots cannot occur.");

    public static readonly PolicyRule SameMatch = Rule("SG1203", "Two routes take the same requests",
        "The more specific path wins whatever the order, but these are equally specific, so chance would decide. Change the path, the methods or the hosts of one.");

    public static readonly PolicyRule BadMethod = Rule("SG1204", "A method cannot be used",
        "Methods are compared by case (RFC 9110 §9.1), so they are written in capitals. TRACE and CONNECT are never served.");

    public static readonly PolicyRule BadHost = Rule("SG1205", "A host name cannot be used",
        "A host is a name or an address without port and scheme; \"*.example.com\" stands for all names below one.");

    public static readonly PolicyRule BadKeyPart = Rule("SG1206", "A key part cannot be used",
        "Keys are built of client, route, chain, header:X, cookie:x, query:x, path:x, and for coalesce also path. Names of headers and cookies are HTTP tokens.");

    public static readonly PolicyRule BadDestination = Rule("SG1207", "A destination is not a usable address",
        "A destination is an absolute http, https or h2c URL, perhaps with a base path. Credentials, query and fragment have no place in it.");

    public static readonly PolicyRule LinkLocal = Rule("SG1208", "A destination is a link-local address",
        "Link-local addresses hold the cloud's metadata service, whose answers are credentials. A gateway that can be pointed there is a way to steal them.");

    public static readonly PolicyRule BadRange = Rule("SG1209", "An address range cannot be used",
        "A range is ADDRESS/PREFIX with no bits set beyond the prefix, or one address. A range that is not understood would trust the wrong ones.");

    public static readonly PolicyRule SecretInClear = Rule("SG1210", "A secret is written in clear",
        "Policies are shown in the console, kept in the state folder and committed. Write where the secret is: env:NAME or file:PATH.");

    public static readonly PolicyRule BadHeader = Rule("SG1211", "A header cannot be sent",
        "Header names are HTTP tokens, values are visible ASCII on one line, and framing headers (Content-Length, Transfer-Encoding, Connection) are the server's own.");

    public static readonly PolicyRule OneBody = Rule("SG1212", "A fallback is not exactly one answer",
        "Exactly one of json, file, body, empty, redirect, backend and lastGood says what is answered. More would need an order (that is what else is for), none would answer nothing.");

    public static readonly PolicyRule ElseNeeded = Rule("SG1213", "lastGood or backend, and else, belong together",
        "There is not always a good answer to repeat, and the other backend may fail too: `else` names what is answered then, and without one of them there is nothing it could be the else of.");

    public static readonly PolicyRule FileOutside = Rule("SG1214", "A fallback's file lies outside the policy's folder",
        "Fallbacks are sent to everybody. A path out of the folder could send a key or a password file. Put the file beside the policy.");

    public static readonly PolicyRule SwitchNowhere = Rule("SG1215", "A switch acts nowhere",
        "A switch names the routes or the chains on which it acts; \"chains\": [\"*\"] is all of them.");

    public static readonly PolicyRule OneAction = Rule("SG1216", "A switch does not do exactly one thing",
        "One switch, one effect: so that whoever throws it in the night knows what it does. Sets of them are plans.");

    public static readonly PolicyRule WrongOrder = Rule("SG1217", "Two values contradict each other",
        "One bounds the other, and as they are neither can hold. The message names both.");

    public static readonly PolicyRule BadHealthPath = Rule("SG1218", "A health path cannot be asked",
        "A health path is an absolute path, perhaps with a query: \"/healthz\". Host and port are the destination's own.");

    public static readonly PolicyRule OneLevel = Rule("SG1220", "An alarm has not exactly one level",
        "An alarm speaks above a level or below one. For both, write two alarms: they have different reasons.");

    public static readonly PolicyRule OneMoment = Rule("SG1221", "A plan's moment is not exactly one",
        "A plan is proposed when a phase begins or when an alarm speaks. For both, write two plans.");

    public static readonly PolicyRule AnswerRepeats = Rule("SG1222", "An answer cannot be lastGood or a backend's",
        "A route with `answer` asks no backend, so there is never a good answer to repeat; and a backend is asked by naming it. Name a fallback with a body of its own.");

    public static readonly PolicyRule BadRedis = Rule("SG1223", "The fleet's Redis cannot be used as it is written",
        "Written are host:port,option=value or redis://:password@host:port. The Redis client of this build (StackExchange.Redis 1.2.6) knows neither IPv6 addresses nor the user names of access lists: write a host name or an IPv4 address, and the default user's password; or build with a later version.");

    public static readonly PolicyRule UnsafeHedge = Rule("SG1224", "A hedge on a method that is not safe",
        "A hedge sends a request twice before anybody knows whether the first was done: an order would be placed twice. Only GET, HEAD and OPTIONS are safe (RFC 9110 §9.2.1). List the methods of the route, and put the others on a route of their own.");

    public static readonly PolicyRule NoVariable = Rule("SG2001", "An environment variable is not set",
        "The policy is taken, because the variable may be set where it runs; what needs the secret stays off until then.");

    public static readonly PolicyRule SharesOverOne = Rule("SG2002", "The chains' shares sum to more than 1",
        "Shares are parts of one whole. They are scaled down in proportion, so each chain in use gets less than is written.");

    public static readonly PolicyRule NoTimeout = Rule("SG2003", "A critical route has no timeout",
        "A slow backend would hold each of its requests for the default of 10 s, and with them the room of the chain that matters most. Write what a client still waits for.");

    public static readonly PolicyRule Unused = Rule("SG2004", "A definition is used nowhere",
        "Nothing names it, so it does nothing. A route that should name it may be unprotected; or take it out.");

    public static readonly PolicyRule TrustsAll = Rule("SG2005", "Everybody is a trusted proxy",
        "With a prefix of 0 each client may name the address it is counted under: limits by client are then only a request to be good. List the ranges of the CDN.");

    public static readonly PolicyRule Unreachable = Rule("SG2006", "No request can reach a route",
        "Its hosts are not among edge.hosts, other routes take all its requests (more specific paths first, then whoever names the host, then the method), or its path is one that no request has. Whatever protection is written in it protects nothing. The message says which it is, and who takes them.");

    public static readonly PolicyRule NoEffect = Rule("SG2007", "Something written has no effect",
        "What is written is legal and can never happen where it stands. The message says what is missing.");

    public static readonly PolicyRule TrustNotEnforced = Rule("SG2008", "The layer Trust is not enforced",
        "All other layers believe what Trust decided about the client. Without it, keys and limits are what clients say they are.");

    public static readonly PolicyRule NoCapacity = Rule("SG2009", "Other chains keep all of a backend for themselves",
        "What a chain does not lend of its share is kept free for it on every backend that it shares with other chains. Where the others keep all of it, a chain's requests are turned away however idle the backend is. Give it a share, or let another chain lend.");

    public static readonly PolicyRule OverCapacity = Rule("SG2010", "Rate limits admit more than a backend bears",
        "A limit above what the backend bears limits nothing: it breaks first, and shedding has to save it. Limits keyed by route or chain are summed over the backend's routes; of a limit by client, header, cookie or parameter one key alone is looked at. Routes that coalesce and limits in shadow do not count.");

    public static readonly PolicyRule StaleList = Rule("SG2011", "A list of address ranges is old",
        "CDNs add and give up ranges. A range that is missing makes its requests strangers, all counted as one client; a range that is the CDN's no longer lets somebody else name client addresses. Compare the list with the publication and write the day into it: # updated: YYYY-MM-DD.");

    public static readonly PolicyRule NotActedOn = Rule("SG2090", "This version does not act on it yet",
        "The language is whole before the gateway is, so that policies need not be rewritten. What this names is checked and kept, and does nothing yet.");

    private static PolicyRule Rule(string id, string title, string story)
    {
        var rule = new PolicyRule(id, title, story);
        _all.Add(rule);
        return rule;
    }
}
