/**
 * Splits an SQL script at the semicolons that end statements: not at those in texts, quoted names and comments.
 * Comments between statements are dropped. Scripts with DELIMITER (stored programs) are not supported.
 */
export function splitStatements(script: string): string[] {
  // A quoted part (a doubled quote is two parts side by side), a comment, or one character.
  const token =
    /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|--(?=\s|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|[\s\S]/g;
  const statements: string[] = [];
  let current = '';
  for (const [part] of script.matchAll(token)) {
    if (/^(--|#|\/\*(?!!))/.test(part)) current += ' ';
    else if (part === ';') {
      statements.push(current.trim());
      current = '';
    } else current += part;
  }
  statements.push(current.trim());
  return statements.filter((statement) => statement !== '');
}
