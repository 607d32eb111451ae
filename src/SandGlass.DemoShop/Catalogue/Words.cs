namespace SandGlass.DemoShop;

/// <summary>The words that products and reviews are made of.</summary>
internal static class Words
{
    /// <summary>Category, its things, and the range of prices in yuan.</summary>
    public static readonly (string Category, string[] Things, int From, int To)[] Shelves =
    [
        ("Phones", ["Smartphone", "Folding Phone", "Phone Case", "Power Bank", "Fast Charger"], 59, 7999),
        ("Audio", ["Earbuds", "Headphones", "Soundbar", "Bluetooth Speaker", "Turntable"], 99, 3999),
        ("Computers", ["Laptop", "Mechanical Keyboard", "Mouse", "Monitor", "Tablet", "Solid-State Drive"], 79, 9999),
        ("Kitchen", ["Rice Cooker", "Electric Kettle", "Wok", "Tea Set", "Coffee Grinder", "Chef's Knife"], 39, 1999),
        ("Home", ["Robot Vacuum", "Desk Lamp", "Air Purifier", "Down Duvet", "Storage Box"], 29, 3299),
        ("Sports", ["Running Shoes", "Yoga Mat", "Badminton Racket", "Bicycle Helmet", "Tent"], 49, 2499),
        ("Fashion", ["Rain Jacket", "Wool Sweater", "Sneakers", "Backpack", "Silk Scarf"], 69, 1899),
        ("Beauty", ["Face Cream", "Hair Dryer", "Lipstick", "Sunscreen", "Electric Toothbrush"], 35, 2299),
        ("Toys", ["Building Blocks", "Puzzle", "Model Train", "Plush Panda", "Board Game"], 25, 999),
    ];

    public static readonly string[] Brands =
        ["Lingyun", "Northwind", "Qinghe", "Baltica", "Sandpiper", "Moyu", "Hearth & Co", "Kestrelle", "Tianqi", "Oakline", "Fable", "Yunshan"];

    public static readonly string[] Traits =
        ["Classic", "Pro", "Mini", "Ultra", "Everyday", "Silent", "Travel", "Studio", "Lite", "Heritage", "Smart", "Compact", "Premium", "Essential"];

    public static readonly string[] Colours = ["#d9623b", "#2f6f8f", "#6a9a3b", "#8e5ea2", "#c9a227", "#4a5568", "#b83b5e", "#2a9d8f"];

    public static readonly string[] Reviewers = ["Wei", "Anna", "Jun", "Lukas", "Mei", "Chloé", "Hao", "Ines", "Ting", "Marek"];

    /// <summary>By stars, from one to five.</summary>
    public static readonly string[][] Opinions =
    [
        ["Broke after a week.", "Not what the picture shows."],
        ["Works, but feels cheap.", "Delivery took longer than promised."],
        ["Fair for the price.", "Does its job, nothing more."],
        ["Good quality, would buy again.", "Nicely packed and as described."],
        ["Best thing I bought this year.", "Even better than the last model.", "Bought a second one for my parents."],
    ];
}
