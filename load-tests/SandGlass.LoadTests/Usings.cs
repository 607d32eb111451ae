// What was meant by a wrong word, and how a stranger's text is shown, is the gateway's.
global using Words = SandGlass.Policy.Words;
