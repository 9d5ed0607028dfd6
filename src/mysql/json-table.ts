/**
 * For text columns of JSON_TABLE. MariaDB gives them the database's own character set and makes question marks of what
 * that lacks; MySQL always takes utf8mb4, and reads this as a comment (8.0.12 does not know the clause).
 */
export const utf8 = ' /*M! CHARACTER SET utf8mb4 */';
